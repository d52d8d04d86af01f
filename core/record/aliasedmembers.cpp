// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/aliasedmembers.h"

#include "core/record/jsonvalues.h"
#include "core/record/jsonwriter.h"
#include "core/record/sametext.h"

#include <algorithm>

namespace trace {

namespace dom = simdjson::dom;

void AliasedMembers::clear()
{
    m_tops.clear();
    m_members.clear();
    m_taken.clear();
}

bool AliasedMembers::add(std::string_view key, const dom::element &value)
{
    const RecordAlias *alias = aliasOf(key);
    if (!alias)
        return false;
    bool isKnown = alias->isContainer && addMembers(key, value);
    if (alias->form != RecordAlias::Form::None) {
        m_members.push_back({alias, key, value});
        isKnown = true;
    }
    if (isKnown)
        m_tops.push_back({key, value});
    return isKnown;
}

//! A few comparisons where the key came before, as most do; looking it up takes ten times as many.
const RecordAlias *AliasedMembers::aliasOf(std::string_view key)
{
    constexpr std::size_t longest = 48;
    if (key.empty() || key.size() > longest)
        return findRecordAlias({}, key);
    const auto first = static_cast<unsigned char>(key.front());
    const auto last = static_cast<unsigned char>(key.back());
    Known &known = m_known[(key.size() * 7 + first + last * 3U) % m_known.size()];
    if (!isSameText(known.key, key))
        known = {std::string(key), findRecordAlias({}, key)};
    return known.alias;
}

//! By rank, and in their order where that is the same.
void AliasedMembers::sortByRank()
{
    const auto isBefore = [](const Member &one, const Member &other) {
        return one.alias->rank < other.alias->rank;
    };
    constexpr std::size_t few = 16;
    if (m_members.size() > few) {
        std::stable_sort(m_members.begin(), m_members.end(), isBefore);
        return;
    }
    for (auto next = m_members.begin(); next != m_members.end(); ++next)
        std::rotate(std::upper_bound(m_members.begin(), next, *next, isBefore), next, next + 1);
}

bool AliasedMembers::addObject(std::string_view key, const dom::element &value)
{
    const bool isKnown = addMembers(key, value);
    if (isKnown)
        m_tops.push_back({key, value});
    return isKnown;
}

bool AliasedMembers::addMembers(std::string_view path, const dom::element &value)
{
    dom::element first = value;
    dom::array array;
    if (value.get_array().get(array) == simdjson::SUCCESS &&
        array.at(0).get(first) != simdjson::SUCCESS)
        return false;
    dom::object object;
    if (first.get_object().get(object) != simdjson::SUCCESS)
        return false;
    bool isKnown = false;
    for (const auto member : object) {
        const RecordAlias *alias = findRecordAlias(path, member.key);
        if (!alias)
            continue;
        if (alias->form != RecordAlias::Form::None) {
            m_members.push_back({alias, member.key, member.value});
            isKnown = true;
        }
        if (alias->isContainer)
            isKnown = addMembers(alias->name, member.value) || isKnown;
    }
    return isKnown;
}

bool AliasedMembers::isTaken(std::string_view key) const
{
    return std::find(m_taken.begin(), m_taken.end(), key.data()) != m_taken.end();
}

bool AliasedMembers::appendRest(std::string &out, const dom::element &value) const
{
    dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) {
        appendElement(out, value);
        return true;
    }
    const std::size_t start = out.size();
    char separator = '{';
    bool hasTaken = false;
    for (const auto member : object) {
        const std::size_t end = out.size();
        if (isTaken(member.key)) {
            hasTaken = true;
            continue;
        }
        out.push_back(separator);
        appendJsonString(out, member.key);
        out.push_back(':');
        if (appendRest(out, member.value)) {
            separator = ',';
        } else {
            hasTaken = true;
            out.resize(end);
        }
    }
    if (separator == '{') {
        out.resize(start);
        if (hasTaken)
            return false;
        out.push_back('{');
    }
    out.push_back('}');
    return true;
}

} // namespace trace
