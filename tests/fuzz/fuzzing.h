// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/record/recordblock.h"
#include "core/record/utf8.h"

#include <QByteArray>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace trace {

//! Ends the program, which the fuzzer reports with the input that led here.
inline void check(bool holds, const char *what)
{
    if (holds)
        return;
    std::fprintf(stderr, "This does not hold: %s\n", what);
    std::abort();
}

inline std::string_view textOf(const unsigned char *data, std::size_t size)
{
    return {reinterpret_cast<const char *>(data), size};
}

//! The first byte of an input chooses among \a count cases, the rest is what they get.
inline std::size_t choose(std::string_view &input, std::size_t count)
{
    if (input.empty())
        return 0;
    const auto choice = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    return choice % count;
}

//! What holds for every record, whoever made it: its text is UTF-8, and a block gives it back as it
//! was.
inline void checkRecords(const std::vector<Record> &records)
{
    RecordBlockBuilder builder;
    for (const Record &record : records) {
        check(isUtf8(record.message), "a message is UTF-8");
        check(isUtf8(record.metadata), "metadata is UTF-8");
        builder.append(viewOf(record));
    }
    const RecordBlock block = builder.finish();
    const auto opened = RecordBlockReader::open(block.data);
    check(opened.has_value(), "a block can be opened");
    check(opened->records().size() == records.size(), "a block holds all records");
    for (std::size_t i = 0; i < records.size(); ++i)
        check(toRecord(opened->records()[i]) == records[i], "a block gives the record back");
}

} // namespace trace
