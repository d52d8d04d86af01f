// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogids.h"

#include <array>
#include <charconv>

namespace trace::datadog {

namespace {

constexpr std::size_t uuidLength = 36;

std::optional<std::uint64_t> hexNumber(std::string_view digits)
{
    std::uint64_t number = 0;
    const char *const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, 16);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> unlessZero(std::optional<std::uint64_t> number)
{
    return number.value_or(0) != 0 ? number : std::nullopt;
}

} // namespace

std::optional<std::uint64_t> traceNumber(std::string_view id)
{
    if (id.size() == spanIdDigits)
        return unlessZero(hexNumber(id));
    if (id.size() == traceIdDigits)
        return hexNumber(id.substr(0, spanIdDigits))
                   ? unlessZero(hexNumber(id.substr(spanIdDigits)))
                   : std::nullopt;
    if (id.size() != uuidLength)
        return std::nullopt;
    std::array<char, traceIdDigits> digits{};
    std::size_t count = 0;
    for (std::size_t i = 0; i < id.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (id[i] == '-'))
            return std::nullopt;
        if (!dash)
            digits[count++] = id[i];
    }
    return traceNumber({digits.data(), digits.size()});
}

std::optional<std::uint64_t> spanNumber(std::string_view id)
{
    return id.size() == spanIdDigits ? unlessZero(hexNumber(id)) : std::nullopt;
}

std::optional<std::string> hexOfDecimal(std::string_view id, std::size_t digits)
{
    std::uint64_t number = 0;
    const char *const end = id.data() + id.size();
    const auto [stop, error] = std::from_chars(id.data(), end, number);
    if (error != std::errc() || stop != end || id.front() == '0') // which hex may begin with
        return std::nullopt;
    std::array<char, spanIdDigits> hex{};
    const auto last = std::to_chars(hex.data(), hex.data() + hex.size(), number, 16).ptr;
    const auto size = static_cast<std::size_t>(last - hex.data());
    return std::string(digits - size, '0').append(hex.data(), size);
}

} // namespace trace::datadog
