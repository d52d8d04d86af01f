// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/aliasedmembers.h"
#include "core/record/contextcache.h"
#include "core/record/distinctkeys.h"
#include "core/record/fieldreader.h"
#include "core/record/jsonrecordreader.h"

namespace trace {

//! Makes records of parsed JSON: see JsonRecordReader.
class RecordObjectReader final
{
public:
    //! The view is valid until the next call and as long as the document. What is no object becomes
    //! a message.
    [[nodiscard]] RecordView readItem(const simdjson::dom::element &item, std::int64_t now,
                                      InputProblems &problems);

private:
    using Kind = RecordKey::Kind;

    RecordView read(const simdjson::dom::object &object, std::int64_t now, InputProblems &problems);
    const RecordKey *keyAt(std::size_t place, std::string_view name);
    bool takeMetadata(const simdjson::dom::element &value);
    void addMetadata(std::string_view key, const simdjson::dom::element &value);

    std::array<const RecordKey *, 32> m_order{}; //!< The keys of the object before, by their places.
    ContextParts m_parts;
    ContextCache m_contexts;
    std::string m_metadata;
    DistinctKeys m_keys; //!< Of the metadata.
    AliasedMembers m_aliased;
    FieldReader m_fields;
};

} // namespace trace
