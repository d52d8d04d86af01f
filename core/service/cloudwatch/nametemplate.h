// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/error.h"
#include "core/record/record.h"

#include <string>
#include <vector>

namespace trace::cloudwatch {

//! Which rules a name keeps. AWS: groups have ASCII letters, digits and `.-_/#`, streams anything
//! but `:` and `*`; both 1 to 512 characters.
enum class NameKind
{
    Group,
    Stream
};

//! The name of a log group or stream with `{run_id}` and the like in it: the names of the fields
//! that records of a run share.
class NameTemplate final
{
public:
    //! The error names the \a option, what was found and what is allowed.
    [[nodiscard]] static Expected<NameTemplate> parse(const QString &option, const QString &text,
                                                      NameKind kind);

    //! The name for records of \a context: an empty field is `unknown`, a character that AWS
    //! refuses `-`, and what is too long is cut between characters.
    [[nodiscard]] std::string render(const RunContext &context) const;

private:
    using Field = std::string RunContext::*;

    struct Part
    {
        std::string text;
        Field field = nullptr; //!< Null where the text stands for itself.
    };

    NameKind m_kind = NameKind::Group;
    std::vector<Part> m_parts;
};

} // namespace trace::cloudwatch
