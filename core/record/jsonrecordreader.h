// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/jsonrepair.h"
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
    //! Records whose JSON was mended, and how.
    std::uint64_t almostJson = 0;
    Bent bent = Bent::Nothing;
    //! Objects that said nothing, left out.
    std::uint64_t empty = 0;
    //! States of a progress bar that a carriage return ended, left out.
    std::uint64_t overwritten = 0;

    void add(const InputProblems &others);

    friend bool operator==(const InputProblems &, const InputProblems &) = default;
};

//! Whether \a record tells nothing but a time or a level.
[[nodiscard]] bool saysNothing(const RecordView &record);

//! Reads records from JSON objects and plain lines. Never fails: a line that is no JSON object
//! becomes the message of a record. One thread at a time.
//!
//! A plain line's level and time are taken from it where they stand in a usual place (plainline.h);
//! the message stays the whole line, without what terminals take as commands (terminaltext.h).
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

    //! Likewise in two steps, for who has something else to try: whether \a text is one JSON object,
    //! bent or not; its record, before the text goes.
    [[nodiscard]] bool isObject(std::string_view text);
    [[nodiscard]] RecordView object(std::int64_t now);
    //! A line that is none; one that begins like one is counted as a problem.
    //! Of level \a otherwise unless it says its own.
    [[nodiscard]] RecordView plainLine(std::string_view line, std::int64_t now,
                                       Level otherwise = Level::Info);
    //! \a text in valid UTF-8 and without what terminals take as commands.
    [[nodiscard]] std::string cleanText(std::string_view text);

    //! A whole document: one object, an array of objects, or objects one after the other. Calls
    //! \a sink for each; another value becomes a message, as in a line. The first without a time
    //! gets \a now, each further one a later time. An item that cannot be read is a message, as text,
    //! and a problem. False when \a document is no JSON, or none of its items can be read; then
    //! nothing reached the sink. A document of blanks has no records, and neither has an object that
    //! says nothing.
    bool readDocument(std::string_view document, std::int64_t now,
                      const std::function<void(const RecordView &)> &sink);

    [[nodiscard]] const InputProblems &problems() const { return m_problems; }

private:
    struct State;
    std::unique_ptr<State> m_state;
    InputProblems m_problems;
};

} // namespace trace
