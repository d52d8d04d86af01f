// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/jsontext.h"

#include "core/record/jsonunescape.h"

#include <algorithm>

namespace trace {

std::string_view takeJsonString(std::string_view json, std::size_t &place)
{
    const std::size_t from = ++place;
    while (place < json.size() && json[place] != '"')
        place += json[place] == '\\' ? 2 : 1;
    place = std::min(place, json.size());
    const std::string_view text = json.substr(from, place - from);
    place = std::min(place + 1, json.size());
    return text;
}

std::string_view unescapedJson(std::string_view text, std::string &buffer)
{
    if (text.find('\\') == std::string_view::npos)
        return text;
    buffer.clear();
    appendUnescaped(buffer, text);
    return buffer;
}

} // namespace trace
