// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/recordkeys.h"

#include <string>
#include <vector>

namespace trace {

//! Another name for a field of a record: what a widely used logger, shipper or runtime calls it.
//! recordaliases.cpp names them with their documentation.
struct RecordAlias
{
    //! How the value says the field.
    enum class Form : std::uint8_t
    {
        None,     //!< Not at all: the name only holds others.
        Value,    //!< As the field's own key does.
        Text,     //!< Likewise, as text only: the name also stands for other things.
        Line,     //!< A message with its line end.
        Template, //!< A message with holes; see messagetemplate.h.
        Error,    //!< A trace of the stack, or in one line what the exception says.
        Moment,   //!< A time, but no day and no number too small for a time of today.
        Instant,  //!< `{epochSecond, nanoOfSecond}`.
        Place,    //!< `file:line`.
        Python,   //!< A level's number; see levelscale.h.
        Syslog,
        Journald, //!< Syslog's as text; other programs' numbers are other things.
        OpenTelemetry,
        Logback,
    };

    //! In lower case, without `_` and `-`; a member of an object stands behind its name and a dot.
    std::string_view name;
    RecordKey::Kind kind = RecordKey::Kind::Metadata;
    std::uint8_t index = 0; //!< Within its kind.
    std::uint8_t place = 0; //!< Of the field: see RecordKey.
    std::uint8_t rank = 0;  //!< Of several names of a field the one with the least counts.
    Form form = Form::None;
    bool isContainer = false; //!< An object under this name holds names: `error.message`.
};

//! Another name that a user gives to a field of a record.
struct UserAlias
{
    std::string field; //!< Its own name: see isRecordField().
    std::string name;  //!< Members of objects behind a dot: `event.text`.
};

//! The most that count.
inline constexpr std::size_t maxUserAliases = 200;

//! Puts \a aliases before the names that are known. To be called before the first record is read.
void setUserAliases(const std::vector<UserAlias> &aliases);

//! Whether it can have other names; all that JSON writes of a record but `metadata`.
[[nodiscard]] bool isRecordField(std::string_view name);

//! The alias for a member called \a name of the object under \a container (empty: the record),
//! whatever its case, `_` and `-`. Null where it is none.
[[nodiscard]] const RecordAlias *findRecordAlias(std::string_view container, std::string_view name);

} // namespace trace
