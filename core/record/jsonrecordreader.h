// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <QtGlobal>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace trace {

//! What was not as it should be, over all lines read so far. Nothing of it is lost.
struct InputProblems
{
    //! Lines that begin like a JSON object and are none; each became a message. Plain text is
    //! normal input and not counted.
    std::uint64_t notJson = 0;
    //! Lines with bytes or escapes that are no UTF-8, replaced by U+FFFD.
    std::uint64_t replacedUtf8 = 0;
    //! Values that their key does not take, in metadata now.
    std::uint64_t wrongType = 0;

    friend bool operator==(const InputProblems &, const InputProblems &) = default;
};

//! Reads records from JSON objects and plain lines. Never fails: a line that is no JSON object
//! becomes the message of a record. One thread at a time.
//!
//! Known keys are those that appendJson() writes, with the alias `datetime` (timestamp). Text is
//! taken from strings only, numbers from numbers only, the level from a name or a number of
//! Python's logging (10 to 50); null is as good as nothing. Unknown keys, known ones with a value
//! they do not take and the second of two equal keys go to `metadata`, beside the members of a
//! `metadata` object, each under a name of its own: see distinctkeys.h. A number that fits no
//! 64-bit type becomes a text there. A record without a usable time gets \a now.
class JsonRecordReader final
{
public:
    JsonRecordReader();
    ~JsonRecordReader();
    Q_DISABLE_COPY_MOVE(JsonRecordReader)

    //! One line, without its line end. The view is valid until the next call. \a now is in ns since
    //! the epoch.
    [[nodiscard]] RecordView readLine(std::string_view line, std::int64_t now);

    //! A whole document: one object, an array of objects, or objects one after the other. Calls
    //! \a sink for each; another value becomes a message, as in a line. The first without a time
    //! gets \a now, each further one a later time. False when \a document is no JSON; then nothing
    //! reached the sink. A document of blanks has no records.
    bool readDocument(std::string_view document, std::int64_t now,
                      const std::function<void(const RecordView &)> &sink);

    [[nodiscard]] const InputProblems &problems() const { return m_problems; }

private:
    struct State;
    std::unique_ptr<State> m_state;
    InputProblems m_problems;
};

} // namespace trace
