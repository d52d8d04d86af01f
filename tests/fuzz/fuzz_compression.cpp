// SPDX-License-Identifier: GPL-3.0-or-later
// Compressed bodies from outside: within the limit or refused; ours are read as they were.
#include "core/service/compression.h"
#include "tests/fuzz/fuzzing.h"

#include <array>

using namespace trace;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    constexpr qsizetype limit = 1'000'000;
    constexpr std::array encodings{"gzip", "deflate", "zstd", "snappy", "gzip, zstd", "br"};
    std::string_view input = textOf(data, size);
    const QByteArray encoding = encodings[choose(input, encodings.size())];
    const bool isRaw = choose(input, 2) == 0;
    const QByteArray body(input.data(), qsizetype(input.size()));
    if (const auto bytes = decodeBody(body, encoding, isRaw, limit))
        check(bytes->size() <= limit, "what is decompressed is bounded");
    else
        check(!bytes.error().text.isEmpty(), "a refusal has words");
    check(gunzip(gzip(input)).value() == body, "gzip is undone");
    check(zstdDecompress(zstdCompress(input)).value() == body, "zstd is undone");
    check(snappyUncompress(snappyCompress(input)).value() == body, "snappy is undone");
    return 0;
}
