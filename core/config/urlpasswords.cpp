// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/secrettext.h"
#include "core/config/valuereader.h"

#include <algorithm>

namespace trace {

namespace {

// The time taken must follow the size of the text.
constexpr std::size_t longestAddress = 1024;

bool isHostChar(char c)
{
    return isAlnum(c) || c == '.' || c == '-' || c == '_' || c == '[' || c == ']' || c == ':';
}

//! Whether a host, and then the rest of an address, stands at \a place.
bool isHostAt(std::string_view text, std::size_t place)
{
    std::size_t end = place;
    while (end < text.size() && isHostChar(text[end]))
        ++end;
    constexpr std::string_view behind = "/?#,;)\\";
    return end > place && (end == text.size() || behind.find(text[end]) != std::string_view::npos);
}

//! The password of the address whose part behind // is \a text.
Range passwordIn(std::string_view text)
{
    std::size_t colon = text.find_first_of(":/@?#");
    if (colon != std::string_view::npos && text[colon] == '@') { // user@example.com:password@host
        const std::string_view authority = text.substr(0, text.find_first_of("/?#\\,"));
        const std::size_t last = authority.rfind('@');
        colon = last > colon ? authority.substr(0, last).find(':', colon) : std::string_view::npos;
    }
    if (colon == std::string_view::npos || text[colon] != ':')
        return {};
    const std::size_t begin = colon + 1;
    const std::size_t path = std::min(text.find_first_of("/?#\\", begin), text.size());
    const std::size_t last = text.substr(0, path).rfind('@');
    if (last != std::string_view::npos && last >= begin)
        return {begin, last};
    const std::string_view port = text.substr(begin, path - begin);
    if (std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    const std::size_t other = text.find("://", begin); // the next address of a list
    for (std::size_t at = text.find('@', path); at < other && at != std::string_view::npos;
         at = text.find('@', at + 1)) {
        if (isHostAt(text, at + 1))
            return {begin, at};
    }
    return {};
}

std::vector<Change> passwordsIn(std::string_view text)
{
    std::vector<Change> changes;
    for (std::size_t colon = text.find(':'); colon != std::string_view::npos;
         colon = text.find(':', colon + 1)) {
        std::size_t place = colon + 1;
        int slashes = 0;
        for (; place < text.size() && slashes < 2; ++place) {
            if (text[place] == '/')
                ++slashes;
            else if (text[place] != '\\')
                break;
        }
        if (slashes < 2 || colon == 0 || !isAlnum(text[colon - 1]))
            continue;
        const std::string_view rest = text.substr(place, longestAddress);
        const Range found = passwordIn(rest.substr(0, rest.find_first_of(" \t\r\n\"'`<>")));
        if (found.isEmpty() || isNothing(text.substr(place + found.begin, found.end - found.begin)))
            continue;
        changes.push_back({{place + found.begin, place + found.end}, "***"});
        colon = place + found.end;
    }
    return changes;
}

} // namespace

bool maskUrlPasswords(std::string_view text, std::string &out)
{
    return applyInLayers(passwordsIn, text, out);
}

} // namespace trace
