// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokilabels.h"

#include <algorithm>
#include <charconv>

namespace trace::loki {

namespace {

constexpr std::size_t maxValueBytes = 2048;

//! At most what Loki takes, cut before a character that does not fit.
std::string_view cut(std::string_view value)
{
    if (value.size() <= maxValueBytes)
        return value;
    std::size_t size = maxValueBytes;
    while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xc0) == 0x80)
        --size;
    return value.substr(0, size);
}

std::string_view serviceTag(const RunContext &context)
{
    constexpr std::string_view prefix = "service:";
    for (const std::string &tag : context.tags) {
        if (tag.size() > prefix.size() && tag.starts_with(prefix))
            return std::string_view(tag).substr(prefix.size());
    }
    return {};
}

std::string_view fixedValue(const Labels &fixed, std::string_view name)
{
    const auto found = std::find_if(fixed.begin(), fixed.end(),
                                    [&](const auto &label) { return label.first == name; });
    return found == fixed.end() ? std::string_view() : std::string_view(found->second);
}

bool isNameStart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isNamePart(char c)
{
    return isNameStart(c) || (c >= '0' && c <= '9') || c == ':';
}

//! Reads over the text of labels.
class LabelParser final
{
public:
    explicit LabelParser(std::string_view text)
        : m_rest(text)
    {}

    std::optional<Labels> parse()
    {
        Labels labels;
        if (!take('{'))
            return std::nullopt;
        while (!take('}')) {
            if (!labels.empty() && !take(','))
                return std::nullopt;
            if (!labels.empty() && take('}')) // a comma may stand before the end
                break;
            auto label = pair();
            if (!label)
                return std::nullopt;
            labels.push_back(std::move(*label));
        }
        skipBlanks();
        return m_rest.empty() ? std::optional(std::move(labels)) : std::nullopt;
    }

private:
    void skipBlanks()
    {
        const std::size_t blanks = m_rest.find_first_not_of(" \t\r\n");
        m_rest.remove_prefix(std::min(blanks, m_rest.size()));
    }

    bool take(char c)
    {
        skipBlanks();
        if (!m_rest.starts_with(c))
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    std::optional<std::pair<std::string, std::string>> pair()
    {
        skipBlanks();
        const auto end = std::find_if_not(m_rest.begin(), m_rest.end(), isNamePart);
        std::string name(m_rest.begin(), end);
        m_rest.remove_prefix(name.size());
        if (name.empty() || !isNameStart(name.front()) || !take('='))
            return std::nullopt;
        skipBlanks();
        auto value = m_rest.starts_with('`') ? rawText() : quotedText();
        if (!value)
            return std::nullopt;
        return std::pair(std::move(name), std::move(*value));
    }

    std::optional<std::string> rawText()
    {
        const std::size_t end = m_rest.find('`', 1);
        if (end == std::string_view::npos)
            return std::nullopt;
        std::string value(m_rest.substr(1, end - 1));
        m_rest.remove_prefix(end + 1);
        return value;
    }

    std::optional<std::string> quotedText()
    {
        if (!m_rest.starts_with('"'))
            return std::nullopt;
        m_rest.remove_prefix(1);
        std::string value;
        while (!m_rest.empty() && m_rest.front() != '"') {
            const char c = m_rest.front();
            m_rest.remove_prefix(1);
            if (c != '\\')
                value += c;
            else if (!escape(value))
                return std::nullopt;
        }
        if (m_rest.empty())
            return std::nullopt;
        m_rest.remove_prefix(1);
        return value;
    }

    bool escape(std::string &value)
    {
        if (m_rest.empty())
            return false;
        const char c = m_rest.front();
        m_rest.remove_prefix(1);
        switch (c) {
        case 'n':
            value += '\n';
            return true;
        case 't':
            value += '\t';
            return true;
        case 'r':
            value += '\r';
            return true;
        case 'a':
            value += '\a';
            return true;
        case 'b':
            value += '\b';
            return true;
        case 'f':
            value += '\f';
            return true;
        case 'v':
            value += '\v';
            return true;
        case '\\':
        case '"':
        case '\'':
            value += c;
            return true;
        case 'x':
            return number(value, 2);
        case 'u':
            return number(value, 4);
        case 'U':
            return number(value, 8);
        default:
            return false;
        }
    }

    bool number(std::string &value, std::size_t digits)
    {
        if (m_rest.size() < digits)
            return false;
        std::uint32_t code = 0;
        const char *const end = m_rest.data() + digits;
        const auto [stop, error] = std::from_chars(m_rest.data(), end, code, 16);
        if (error != std::errc() || stop != end || code > 0x10ffff)
            return false;
        m_rest.remove_prefix(digits);
        if (digits == 2)
            value += static_cast<char>(code);
        else
            appendCode(value, code);
        return true;
    }

    static void appendCode(std::string &value, std::uint32_t code)
    {
        const int tails = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr std::uint32_t heads[] = {0, 0xc0, 0xe0, 0xf0};
        value += static_cast<char>(heads[tails] | (code >> (6 * tails)));
        for (int i = tails - 1; i >= 0; --i)
            value += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
    }

    std::string_view m_rest;
};

} // namespace

Labels labelsOf(const RunContext &context, Level level, const Labels &fixed)
{
    std::string_view service = fixedValue(fixed, "service_name");
    if (service.empty())
        service = serviceTag(context);
    if (service.empty())
        service = context.workflowName;
    if (service.empty())
        service = "unknown_service";
    const std::string_view environment = context.environment.empty()
                                             ? fixedValue(fixed, "environment")
                                             : std::string_view(context.environment);
    Labels labels;
    labels.reserve(4 + fixed.size());
    labels.emplace_back("service_name", cut(service));
    if (!context.workflowName.empty())
        labels.emplace_back("workflow_name", cut(context.workflowName));
    if (!environment.empty())
        labels.emplace_back("environment", cut(environment));
    labels.emplace_back("level", levelName(level));
    for (const auto &[name, value] : fixed) {
        if (name != "service_name" && name != "environment" && !value.empty())
            labels.emplace_back(name, cut(value));
    }
    return labels;
}

std::string labelText(const Labels &labels)
{
    std::string text = "{";
    for (const auto &[name, value] : labels) {
        if (text.size() > 1)
            text += ',';
        text += name + "=\"";
        for (const char c : value) {
            constexpr std::string_view hex = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            if (c == '"' || c == '\\') {
                text += {'\\', c};
            } else if (byte < 0x20 || byte == 0x7f) {
                text += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            } else {
                text += c;
            }
        }
        text += '"';
    }
    return text + '}';
}

std::optional<Labels> parseLabels(std::string_view text)
{
    return LabelParser(text).parse();
}

bool isLabelName(std::string_view name)
{
    return !name.empty() && isNameStart(name.front()) && !name.starts_with("__") &&
           name.size() <= 1024 && name.find(':') == std::string_view::npos &&
           std::all_of(name.begin(), name.end(), isNamePart);
}

} // namespace trace::loki
