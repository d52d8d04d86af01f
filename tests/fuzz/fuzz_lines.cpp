// SPDX-License-Identifier: GPL-3.0-or-later
// Streams of text: the same records, in valid UTF-8, whatever pieces they come in; and files of
// anything: records or an error, nothing else.
#include "core/receiver/recordfile.h"
#include "core/record/recordlines.h"
#include "tests/fuzz/fuzzing.h"

#include <sys/mman.h>
#include <unistd.h>

using namespace trace;

namespace {

std::vector<Record> readIn(std::string_view text, std::size_t piece)
{
    std::vector<Record> records;
    RecordLines lines([&records](const RecordView &record) { records.push_back(toRecord(record)); });
    for (std::size_t at = 0; at < text.size(); at += piece)
        lines.take(text.substr(at, piece));
    lines.finish();
    return records;
}

bool isSame(const Record &left, Record right)
{
    right.timestamp = left.timestamp; // of arrival, mostly
    return left == right;
}

void readFile(std::string_view bytes)
{
    const int file = memfd_create("input", 0);
    check(file >= 0 && write(file, bytes.data(), bytes.size()) == ssize_t(bytes.size()),
          "there is a file");
    ReadSummary summary;
    std::uint64_t count = 0;
    std::ignore = readRecordFile(
        QStringLiteral("/proc/self/fd/%1").arg(file),
        [&count](const RecordBlock &block) {
            check(RecordBlockReader::open(block.data).has_value(), "a block can be opened");
            count += block.count;
        },
        summary);
    close(file);
    check(count == summary.records, "each record is in a block");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    const std::string_view input = textOf(data, size);
    const std::vector<Record> whole = readIn(input, input.size() + 1);
    checkRecords(whole);
    for (const std::size_t piece : {1, 3}) {
        const std::vector<Record> pieces = readIn(input, piece);
        check(std::equal(whole.begin(), whole.end(), pieces.begin(), pieces.end(), isSame),
              "pieces make the same records");
    }
    readFile(input);
    return 0;
}
