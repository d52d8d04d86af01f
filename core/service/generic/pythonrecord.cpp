// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/generic/pythonrecord.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace trace {

namespace {

//! A literal as repr() writes it.
struct Literal
{
    std::string repr;
    std::string text; // as str() gives it
    std::optional<double> number{};
    std::optional<std::int64_t> integer{};
};

struct Arguments
{
    std::vector<std::string> names; // of a dict
    std::vector<Literal> values;
    bool isDict = false;
};

bool isBlank(char c)
{
    return c == ' ';
}

//! Walks over the text of literals.
class LiteralReader
{
public:
    explicit LiteralReader(std::string_view text)
        : m_rest(text)
    {}

    [[nodiscard]] bool isAtEnd() const { return m_rest.empty(); }
    bool take(char c)
    {
        while (!m_rest.empty() && isBlank(m_rest.front()))
            m_rest.remove_prefix(1);
        if (m_rest.empty() || m_rest.front() != c)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }

    std::optional<Literal> literal()
    {
        while (!m_rest.empty() && isBlank(m_rest.front()))
            m_rest.remove_prefix(1);
        if (m_rest.empty())
            return std::nullopt;
        if (m_rest.front() == '\'' || m_rest.front() == '"')
            return string();
        return other();
    }

private:
    std::optional<Literal> string()
    {
        const char quote = m_rest.front();
        Literal literal;
        for (std::size_t i = 1; i < m_rest.size(); ++i) {
            const char c = m_rest[i];
            if (c == quote) {
                literal.repr = m_rest.substr(0, i + 1);
                m_rest.remove_prefix(i + 1);
                return literal;
            }
            if (c != '\\') {
                literal.text += c;
                continue;
            }
            if (++i >= m_rest.size())
                break;
            constexpr std::string_view letters = "nrt";
            constexpr std::string_view meant = "\n\r\t";
            const std::size_t letter = letters.find(m_rest[i]);
            if (letter != std::string_view::npos)
                literal.text += meant[letter];
            else if (m_rest[i] == '\\' || m_rest[i] == '\'' || m_rest[i] == '"')
                literal.text += m_rest[i];
            else
                return std::nullopt; // \x1b and its kin, rare in arguments
        }
        return std::nullopt;
    }

    //! A number, a name, or an object whose text has brackets in pairs.
    std::optional<Literal> other()
    {
        std::size_t end = 0;
        int depth = 0;
        char quote = 0;
        for (; end < m_rest.size(); ++end) {
            const char c = m_rest[end];
            if (quote) {
                if (c == '\\')
                    ++end;
                else if (c == quote)
                    quote = 0;
                continue;
            }
            if (depth == 0 && (c == ',' || c == ')' || c == '}'))
                break;
            if (c == '\'' || c == '"')
                quote = c;
            else if (c == '(' || c == '[' || c == '{' || c == '<')
                ++depth;
            else if (c == ')' || c == ']' || c == '}' || c == '>')
                --depth;
        }
        if (end == 0 || end > m_rest.size() || quote || depth != 0)
            return std::nullopt;
        Literal literal;
        literal.repr = m_rest.substr(0, end);
        literal.text = literal.repr;
        m_rest.remove_prefix(end);
        const char *const first = literal.repr.data();
        const char *const last = first + literal.repr.size();
        std::int64_t integer = 0;
        double number = 0;
        if (const auto [at, error] = std::from_chars(first, last, integer);
            error == std::errc() && at == last)
            literal.integer = integer;
        if (const auto [at, error] = std::from_chars(first, last, number);
            error == std::errc() && at == last)
            literal.number = number;
        return literal;
    }

    std::string_view m_rest;
};

std::optional<Arguments> argumentsOf(std::string_view text)
{
    Arguments arguments;
    arguments.isDict = text.starts_with('{');
    LiteralReader reader(text);
    if (!reader.take(arguments.isDict ? '{' : '('))
        return std::nullopt;
    const char close = arguments.isDict ? '}' : ')';
    while (!reader.take(close)) {
        if (arguments.isDict) {
            const auto name = reader.literal();
            if (!name || !reader.take(':'))
                return std::nullopt;
            arguments.names.push_back(name->text);
        }
        auto value = reader.literal();
        if (!value)
            return std::nullopt;
        arguments.values.push_back(std::move(*value));
        reader.take(',');
        if (reader.isAtEnd())
            return std::nullopt;
    }
    return reader.isAtEnd() ? std::optional(std::move(arguments)) : std::nullopt;
}

//! Whether all numbers in it are widths that somebody wants.
bool isModest(std::string_view flags)
{
    std::size_t digits = 0;
    return std::none_of(flags.begin(), flags.end(), [&digits](char c) {
        digits = c >= '0' && c <= '9' ? digits + 1 : 0;
        return digits > 3;
    });
}

//! By printf, which Python's % follows in all that is taken here.
std::optional<std::string> formatted(const std::string &flags, char type, const Literal &value)
{
    const auto print = [](const std::string &format, auto argument) -> std::optional<std::string> {
        constexpr int most = 1000; // of a width
        std::string out(most, '\0');
        const int size = std::snprintf(out.data(), out.size(), format.c_str(), argument);
        if (size < 0 || size >= most)
            return std::nullopt;
        out.resize(std::size_t(size));
        return out;
    };
    if (std::string_view("sra").find(type) != std::string_view::npos) {
        const std::string &text = type == 's' ? value.text : value.repr;
        return flags.empty() ? std::optional(text) : print('%' + flags + 's', text.c_str());
    }
    if (std::string_view("dixXo").find(type) != std::string_view::npos) {
        // 3.7 becomes 3, as in Python.
        constexpr double most = 9e18;
        const bool isCut = value.number && std::abs(*value.number) < most &&
                           (type == 'd' || type == 'i');
        if (!value.integer && !isCut)
            return std::nullopt;
        const auto integer = value.integer ? *value.integer : std::int64_t(*value.number);
        return print('%' + flags + "ll" + type, static_cast<long long>(integer));
    }
    if (std::string_view("fFeEgG").find(type) != std::string_view::npos && value.number)
        return print('%' + flags + type, *value.number);
    return std::nullopt;
}

} // namespace

std::optional<std::string> filledByPython(std::string_view message, std::string_view args)
{
    const auto arguments = argumentsOf(args);
    if (!arguments || arguments->values.empty())
        return std::nullopt;
    std::string out;
    std::size_t next = 0;
    while (!message.empty()) {
        const std::size_t percent = std::min(message.find('%'), message.size());
        out.append(message.substr(0, percent));
        message.remove_prefix(percent);
        if (message.empty())
            break;
        message.remove_prefix(1);
        if (message.starts_with('%')) {
            out += '%';
            message.remove_prefix(1);
            continue;
        }
        const Literal *value = nullptr;
        if (message.starts_with('(')) {
            const std::size_t end = message.find(')');
            if (end == std::string_view::npos)
                return std::nullopt;
            const auto name = std::find(arguments->names.begin(), arguments->names.end(),
                                        message.substr(1, end - 1));
            if (name == arguments->names.end())
                return std::nullopt;
            value = &arguments->values[std::size_t(name - arguments->names.begin())];
            message.remove_prefix(end + 1);
        } else if (!arguments->isDict && next < arguments->values.size()) {
            value = &arguments->values[next++];
        }
        const std::size_t size = std::min(message.find_first_not_of("0123456789.-+ #"),
                                          message.size());
        if (!value || size == message.size() || !isModest(message.substr(0, size)))
            return std::nullopt;
        const auto text = formatted(std::string(message.substr(0, size)), message[size], *value);
        if (!text)
            return std::nullopt;
        out += *text;
        message.remove_prefix(size + 1);
    }
    if (!arguments->isDict && next != arguments->values.size())
        return std::nullopt;
    return out;
}

std::optional<PythonException> exceptionOfPython(std::string_view excInfo)
{
    constexpr std::string_view head = "(<class '";
    if (!excInfo.starts_with(head))
        return std::nullopt;
    excInfo.remove_prefix(head.size());
    const std::size_t end = excInfo.find("'>, ");
    if (end == std::string_view::npos)
        return std::nullopt;
    PythonException exception{std::string(excInfo.substr(0, end)), {}};
    excInfo.remove_prefix(end + 4);
    const std::size_t traceback = excInfo.rfind(", <traceback object at ");
    std::string_view instance = excInfo.substr(0, traceback);
    if (traceback == std::string_view::npos) {
        if (!excInfo.ends_with(", None)"))
            return std::nullopt;
        instance = excInfo.substr(0, excInfo.size() - 7);
    }
    const std::size_t open = instance.find('(');
    if (open == std::string_view::npos || !instance.ends_with(')')) {
        exception.message = instance;
        return exception;
    }
    // One text is the message; else what stands in the brackets.
    const std::string_view inside = instance.substr(open + 1, instance.size() - open - 2);
    LiteralReader reader(inside);
    const auto first = reader.literal();
    exception.message = first && reader.isAtEnd() ? first->text : std::string(inside);
    return exception;
}

} // namespace trace
