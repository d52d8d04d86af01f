// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/messagetemplate.h"

#include "core/record/jsonvalues.h"

namespace trace {

namespace dom = simdjson::dom;

namespace {

//! The member's name in a hole: without `@` or `$` before it, alignment and format behind it.
std::string_view nameOf(std::string_view hole)
{
    if (hole.starts_with('@') || hole.starts_with('$'))
        hole.remove_prefix(1);
    return hole.substr(0, hole.find_first_of(",:"));
}

bool appendHole(std::string &out, std::string_view hole, const dom::object &values)
{
    dom::element value;
    if (values[nameOf(hole)].get(value) != simdjson::SUCCESS)
        return false;
    std::string_view text;
    if (readText(value, text))
        out += text;
    else
        appendElement(out, value);
    return true;
}

} // namespace

void appendFilled(std::string &out, std::string_view text, const dom::object &values)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool isTwice = i + 1 < text.size() && text[i + 1] == c;
        if ((c == '{' || c == '}') && isTwice) {
            out += c;
            ++i;
            continue;
        }
        const std::size_t end = c == '{' ? text.find('}', i) : std::string_view::npos;
        if (end != std::string_view::npos &&
            appendHole(out, text.substr(i + 1, end - i - 1), values))
            i = end;
        else
            out += c;
    }
}

} // namespace trace
