// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/jsonitems.h"
#include "core/record/jsonrecordreader.h"
#include "core/record/traceback.h"

#include <functional>
#include <string>
#include <string_view>

namespace trace {

//! Reads records from a stream of text, in constant memory: one JSON object or one plain line per
//! line, objects one after the other, over several lines too, and arrays of objects. What only
//! begins like JSON is plain lines. A traceback is one record, at error, whose message is what
//! failed. A record without a time has that of its arrival.
class RecordLines final
{
public:
    using Sink = std::function<void(const RecordView &)>;

    //! A line longer than this is cut into several records rather than held in memory without end.
    static constexpr std::size_t maxLineBytes = std::size_t{16} * 1024 * 1024;

    //! \a plainLevel is that of plain lines that say none.
    explicit RecordLines(Sink sink, Level plainLevel = Level::Info,
                         std::size_t longestLine = maxLineBytes);

    void take(std::string_view bytes);
    //! Nothing more comes for the moment: does not wait for the end of a traceback. A line that is
    //! not complete stays.
    void pause();
    void finish();

    //! While a record is given: the text that it was read from.
    [[nodiscard]] std::string_view source() const { return m_source; }
    //! How many records were objects.
    [[nodiscard]] std::uint64_t objects() const { return m_objects; }
    [[nodiscard]] InputProblems problems() const
    {
        InputProblems all = m_reader.problems();
        all.empty += m_empty;
        all.overwritten += m_overwritten;
        return all;
    }

private:
    void takeLine(std::string_view line);
    void takeOther(std::string_view line);
    void takeObjects(std::string_view text, std::string_view line);
    [[nodiscard]] bool takeArray(std::string_view &text, std::string_view line);
    void takeInObject(std::string_view line);
    void giveUpObject();
    void takeLongLine();
    void takePlain(std::string_view line);
    void giveObject(std::string_view text);
    void givePlain(std::string_view line);
    void giveTraceback();
    void give(const RecordView &record);

    const Sink m_sink;
    const Level m_plainLevel;
    const std::size_t m_longestLine;
    JsonRecordReader m_reader;
    JsonObjectScanner m_scanner;
    Traceback m_traceback;
    std::string m_rest;   // a line that is not complete
    std::string m_object; // an object that goes over several lines
    bool m_isInArray = false;
    bool m_isEachAlone = false; // no object goes over several lines
    bool m_isArrayPossible = false; // behind a line with nothing but a bracket
    std::string_view m_source;
    std::uint64_t m_objects = 0;
    std::uint64_t m_empty = 0;
    std::uint64_t m_overwritten = 0;
    std::int64_t m_now = 0;
    std::int64_t m_tracebackTime = 0;
};

} // namespace trace
