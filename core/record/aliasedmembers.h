// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/recordaliases.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace trace {

//! The members of one JSON object that may say fields of its record under other names. They are
//! judged when all are known, as the most specific name of a field counts.
class AliasedMembers final
{
public:
    struct Member
    {
        const RecordAlias *alias = nullptr;
        std::string_view key;
        simdjson::dom::element value;
    };

    //! Begins another record.
    void clear();
    [[nodiscard]] bool isEmpty() const { return m_tops.empty(); }

    //! False when nothing in this member of the record's object has such a name.
    bool add(std::string_view key, const simdjson::dom::element &value);
    //! Likewise of an object under a field's own key: `process` is a number, or `{"pid": …}`.
    bool addObject(std::string_view key, const simdjson::dom::element &value);

    //! Calls \a take(member) for one name of a field after the other until it says true; not for
    //! fields in \a seen, bits by place, where those that were found are added. Then calls
    //! \a keep(key, value) or \a keepRest(key, json) for what was not taken, in its order.
    template <typename Take, typename Keep, typename KeepRest>
    void resolve(std::uint32_t &seen, Take &&take, Keep &&keep, KeepRest &&keepRest);

private:
    struct Top
    {
        std::string_view key;
        simdjson::dom::element value;
    };

    //! A key of records and what it is; null for none.
    struct Known
    {
        std::string key;
        const RecordAlias *alias = nullptr;
    };

    [[nodiscard]] const RecordAlias *aliasOf(std::string_view key);
    void sortByRank();
    bool addMembers(std::string_view path, const simdjson::dom::element &value);
    [[nodiscard]] bool isTaken(std::string_view key) const;
    //! False when all of it was taken.
    bool appendRest(std::string &out, const simdjson::dom::element &value) const;

    std::array<Known, 64> m_known;
    std::vector<Top> m_tops;
    std::vector<Member> m_members;
    std::vector<const char *> m_taken; //!< Keys, by where they stand in the document.
    std::string m_rest;
};

template <typename Take, typename Keep, typename KeepRest>
void AliasedMembers::resolve(std::uint32_t &seen, Take &&take, Keep &&keep, KeepRest &&keepRest)
{
    sortByRank();
    for (const Member &member : m_members) {
        const std::uint32_t bit = std::uint32_t{1} << member.alias->place;
        if (!(seen & bit) && take(member)) {
            seen |= bit;
            m_taken.push_back(member.key.data());
        }
    }
    for (const Top &top : m_tops) {
        if (isTaken(top.key))
            continue;
        if (m_taken.empty() || top.value.is_string() || top.value.is_number()) {
            keep(top.key, top.value);
            continue;
        }
        m_rest.clear();
        if (appendRest(m_rest, top.value))
            keepRest(top.key, m_rest);
    }
}

} // namespace trace
