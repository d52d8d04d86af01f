// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QStringList>

namespace trace {

//! What kind of values a field of the filter language has.
enum class FieldKind
{
    Level,
    Time,
    Since, //!< A time from which on.
    Until, //!< A time up to which.
    Name,  //!< A text that is asked for as a whole.
    Text,  //!< A text that is asked for in part.
    Identifier,
    Mode,
    Integer,
    Duration, //!< In ms.
    Size,     //!< In MB.
    Percent,
    Metadata,
    Presence,    //!< has:
    State,       //!< is:
    Destination, //!< Like the next two, what only a FilterLookup knows.
    Batch,
    Root,
};

//! A field of the filter language.
struct FilterField
{
    std::string_view name;
    FieldKind kind;
    std::array<std::string_view, 2> aliases{};
    std::string RunContext::*shared = nullptr;
    std::array<std::string_view RecordView::*, 3> own{};
    std::optional<std::int64_t> RecordView::*integer = nullptr;
    std::optional<double> RecordView::*number = nullptr;

    [[nodiscard]] bool isTag() const { return name == "tag"; }

    //! Whether \a test is true for one of the record's texts of this field; empty ones are none.
    template <typename Test>
    [[nodiscard]] bool anyText(const RecordView &record, Test &&test) const
    {
        if (kind == FieldKind::Mode)
            return record.mode != Mode::None && test(modeName(record.mode));
        for (const auto member : own) {
            if (member && !(record.*member).empty() && test(record.*member))
                return true;
        }
        if (!record.context)
            return false;
        if (shared)
            return !(record.context->*shared).empty() && test(record.context->*shared);
        if (isTag()) {
            for (const std::string &tag : record.context->tags) {
                if (test(std::string_view(tag)))
                    return true;
            }
        }
        return false;
    }
    //! The record's number, where it has one.
    [[nodiscard]] std::optional<double> numberOf(const RecordView &record) const;
};

//! The field of a name or alias in any case; null for an unknown one. All of `meta.*` is one field.
[[nodiscard]] const FilterField *findFilterField(QStringView name);
//! The key of a `meta.` name; empty for `meta` alone.
[[nodiscard]] std::string metadataKey(QStringView name);
//! All names, without aliases.
[[nodiscard]] QStringList filterFieldNames();
//! The name or alias that is most like \a name, which is unknown; empty when none is near.
[[nodiscard]] QString similarFilterField(QStringView name);

} // namespace trace
