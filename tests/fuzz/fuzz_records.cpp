// SPDX-License-Identifier: GPL-3.0-or-later
// Lines and documents of records: never refused, and what was read is written so that it is read
// again as the same.
#include "core/record/jsonrecordreader.h"
#include "core/record/jsonwriter.h"
#include "tests/fuzz/fuzzing.h"

#include <cmath>

using namespace trace;

namespace {

constexpr std::int64_t now = 1'700'000'000'123'456'789;

void checkWriting(const Record &record)
{
    std::string line;
    appendJson(line, viewOf(record));
    check(isUtf8(line), "a written record is UTF-8");
    check(line.find('\n') == std::string::npos, "a written record is one line");
    JsonRecordReader reader;
    check(toRecord(reader.readLine(line, now)) == record, "a written record is read as the same");
    check(reader.problems() == InputProblems(), "a written record has nothing odd in it");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    const std::string_view input = textOf(data, size);
    JsonRecordReader reader;
    std::vector<Record> records;
    std::size_t begin = 0;
    while (begin <= input.size()) {
        const std::size_t end = std::min(input.find('\n', begin), input.size());
        records.push_back(toRecord(reader.readLine(input.substr(begin, end - begin), now)));
        begin = end + 1;
    }
    reader.readDocument(input, now,
                        [&](const RecordView &record) { records.push_back(toRecord(record)); });
    checkRecords(records);
    for (const Record &record : records)
        checkWriting(record);
    return 0;
}
