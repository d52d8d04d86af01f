// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/traceback.h"

#include "core/record/level.h"

#include <algorithm>

namespace trace {

namespace {

// What is longer is no traceback.
constexpr std::size_t mostBytes = 1024 * 1024;

constexpr std::string_view pythonHead = "Traceback (most recent call last):";

bool isIndented(std::string_view line)
{
    return line.starts_with(' ') || line.starts_with('\t');
}

std::string_view trimmed(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string_view::npos)
        return {};
    return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

bool isOfName(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '$' || c == '/';
}

//! The name at the start, when it stands alone or before a colon.
std::string_view nameOf(std::string_view line)
{
    const auto end = std::find_if_not(line.begin(), line.end(), isOfName);
    const std::string_view name = line.substr(0, std::size_t(end - line.begin()));
    const std::string_view behind = line.substr(name.size());
    return behind.empty() || behind.starts_with(':') || behind.starts_with(" [") ? name
                                                                                : std::string_view();
}

//! What Java, JavaScript and .NET write before the name of what failed.
std::string_view withoutLead(std::string_view line)
{
    for (const std::string_view lead :
         {"Uncaught ", "Unhandled exception. ", "Caused by: ", "Unhandled Exception: "}) {
        if (line.starts_with(lead))
            line.remove_prefix(lead.size());
    }
    if (line.starts_with("Exception in thread \"")) {
        const std::size_t end = line.find("\" ", 21);
        if (end != std::string_view::npos)
            line.remove_prefix(end + 2);
    }
    return line;
}

bool namesFailure(std::string_view line)
{
    const std::string_view name = nameOf(withoutLead(line));
    return name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Throwable") ||
           name.ends_with("Failure");
}

bool isFrame(std::string_view line)
{
    const std::string_view text = trimmed(line);
    return isIndented(line) && (text.starts_with("at ") || text.starts_with("... ") ||
                                text.starts_with("Suppressed: ") || text.starts_with("--- End of"));
}

} // namespace

void Traceback::clear()
{
    m_text.clear();
    m_kind = Kind::None;
    m_state = State::Begun;
    m_isSure = false;
    m_summary = 0;
    m_tells = true;
}

bool Traceback::add(std::string_view line)
{
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    if (m_text.size() + line.size() > mostBytes)
        return false;
    m_tells = false;
    if (isEmpty() ? !begins(line) : !goesOn(line))
        return false;
    if (!m_text.empty())
        m_text += '\n';
    if (m_tells)
        m_summary = m_text.size();
    m_text += line;
    return true;
}

bool Traceback::begins(std::string_view line)
{
    const std::string_view text = trimmed(line);
    m_tells = true;
    if (text == pythonHead || text.starts_with("+ Exception Group Traceback (most recent")) {
        m_kind = Kind::Python;
        m_state = State::Frames;
        m_isSure = true;
    } else if (line.starts_with("panic: ") || line.starts_with("fatal error: ")) {
        m_kind = Kind::Go;
    } else if (line.starts_with("terminate called after throwing") ||
               line.starts_with("terminate called without")) {
        m_kind = Kind::Cpp;
        m_isSure = true;
    } else if (line.starts_with("thread '") && line.find("' panicked at ") != line.npos) {
        m_kind = Kind::Rust;
        m_isSure = true;
        m_state = line.ends_with(':') ? State::Begun : State::Told;
    } else if (line.starts_with("Exception in thread ") || namesFailure(line)) {
        m_kind = Kind::Stack;
    }
    return m_kind != Kind::None;
}

bool Traceback::goesOn(std::string_view line)
{
    switch (m_kind) {
    case Kind::Python:
        return goesOnInPython(line);
    case Kind::Stack:
        return goesOnInStack(line);
    case Kind::Go:
        return goesOnInGo(line);
    case Kind::Cpp:
        if (m_state == State::Told || !trimmed(line).starts_with("what():"))
            return false;
        m_state = State::Told;
        return true;
    case Kind::Rust:
        return goesOnInRust(line);
    case Kind::None:
        break;
    }
    return false;
}

bool Traceback::goesOnInPython(std::string_view line)
{
    const std::string_view text = trimmed(line);
    if (m_state == State::Told) {
        if (text == pythonHead) {
            m_state = State::Frames;
            return true;
        }
        return text.empty() || isIndented(line) ||
               text.starts_with("During handling of the above exception") ||
               text.starts_with("The above exception was the direct cause");
    }
    if (isIndented(line))
        return true;
    const std::string_view name = nameOf(text);
    if (name.empty() || levelFromName(name)) // a line of another thread
        return false;
    m_state = State::Told;
    m_tells = true;
    return true;
}

bool Traceback::goesOnInStack(std::string_view line)
{
    if (m_state == State::Begun && trimmed(line) == pythonHead) {
        m_kind = Kind::Python; // of a thread: "Exception in thread Thread-1:"
        m_state = State::Frames;
        m_isSure = true;
        return true;
    }
    if (m_state == State::Members) { // Node shows them behind the frames
        if (line == "}")
            m_state = State::Told;
        return line == "}" || isIndented(line);
    }
    if (m_state == State::Told)
        return false;
    const bool isOfCause = m_isSure && line.starts_with("Caused by: ");
    if (!isFrame(line) && !isOfCause)
        return false;
    m_isSure = true;
    m_state = line.ends_with(" {") ? State::Members : State::Frames;
    return true;
}

bool Traceback::goesOnInGo(std::string_view line)
{
    if (m_state == State::Told)
        return false;
    if (line.starts_with("goroutine ") && line.find(" [") != line.npos) {
        m_isSure = true;
        return true;
    }
    if (line.empty() || line.starts_with('\t') || line.starts_with("[signal "))
        return true;
    if (m_isSure && line.starts_with("exit status ")) {
        m_state = State::Told;
        return true;
    }
    return m_isSure && (line.ends_with(')') || line.starts_with("created by "));
}

bool Traceback::goesOnInRust(std::string_view line)
{
    if (m_state == State::Begun) {
        m_state = State::Told;
        return true;
    }
    return line.starts_with("note: ") || line.starts_with("stack backtrace:") ||
           (isIndented(line) && m_text.find("stack backtrace:") != std::string::npos);
}

Traceback::Failure Traceback::failure() const
{
    const std::string_view text = m_text;
    std::string_view line = text.substr(m_summary);
    line = line.substr(0, line.find('\n'));
    Failure failure{line};
    const auto quoted = [](std::string_view in) {
        const std::size_t open = in.find('\'');
        return open == in.npos ? std::string_view()
                               : in.substr(open + 1, in.rfind('\'') - open - 1);
    };
    switch (m_kind) {
    case Kind::Python:
    case Kind::Stack:
        if (m_state == State::Frames && m_kind == Kind::Python)
            break; // breaks off
        line = withoutLead(line);
        failure.type = nameOf(line);
        line.remove_prefix(failure.type.size());
        failure.message = trimmed(line.starts_with(':') ? line.substr(1) : line);
        break;
    case Kind::Go: {
        const std::size_t colon = line.find(": ");
        failure.type = line.substr(0, colon);
        failure.message = line.substr(std::min(colon + 2, line.size()));
        break;
    }
    case Kind::Cpp: {
        failure.type = quoted(line);
        const std::size_t what = text.find("what():");
        if (what != text.npos)
            failure.message = trimmed(text.substr(what + 7));
        break;
    }
    case Kind::Rust:
        failure.type = "panic";
        if (line.ends_with(':')) {
            line = text.substr(std::min(line.size() + 1, text.size()));
            failure.message = line.substr(0, line.find('\n'));
        } else {
            failure.message = quoted(line.substr(line.find("panicked at")));
        }
        break;
    case Kind::None:
        break;
    }
    return failure;
}

} // namespace trace
