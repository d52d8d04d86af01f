// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/contextcache.h"
#include "core/record/recordaliases.h"

#include <simdjson.h>

#include <string>

namespace trace {

//! Reads values of parsed JSON into the fields of one record after the other.
class FieldReader final
{
public:
    //! The field of a kind: see RecordKey. False, with nothing changed, for a type that the field
    //! does not take, and for metadata. Those of the context go to \a parts.
    bool take(RecordKey::Kind kind, std::size_t index, const simdjson::dom::element &value,
              RecordView &record, ContextParts &parts);
    //! What stands under another name in \a object.
    bool takeAlias(const RecordAlias &alias, const simdjson::dom::element &value,
                   const simdjson::dom::object &object, RecordView &record, ContextParts &parts);
    //! A number under `level`, on the scale that the keys beside it tell.
    static bool takeLevelNumber(const simdjson::dom::object &object,
                                const simdjson::dom::element &value, RecordView &record);

private:
    using Kind = RecordKey::Kind;

    bool takeMessage(const simdjson::dom::element &value, RecordView &record);

    std::string m_made; // a message that does not stand in the document
};

} // namespace trace
