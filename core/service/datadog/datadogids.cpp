// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/datadog/datadogids.h"

#include <array>
#include <charconv>

namespace trace::datadog {

namespace {

constexpr std::size_t idDigits = 16;
constexpr std::size_t longIdDigits = 32;
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
    if (id.size() == idDigits)
        return unlessZero(hexNumber(id));
    if (id.size() == longIdDigits)
        return hexNumber(id.substr(0, idDigits)) ? unlessZero(hexNumber(id.substr(idDigits)))
                                                 : std::nullopt;
    if (id.size() != uuidLength)
        return std::nullopt;
    std::array<char, longIdDigits> digits{};
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
    return id.size() == idDigits ? unlessZero(hexNumber(id)) : std::nullopt;
}

} // namespace trace::datadog
