// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP requests: read as the same whether their bytes come at once or one by one.
#include "core/receiver/httprequestparser.h"
#include "tests/fuzz/fuzzing.h"

using namespace trace;

namespace {

using Result = HttpRequestParser::Result;

struct Reading
{
    Result result = Result::NeedsMore;
    HttpRequest head{};
    qint64 contentLength = 0;
    bool isChunked = false;
    QByteArray body{}; // of a chunked one
};

Reading read(const QByteArray &bytes, qsizetype atOnce)
{
    HttpRequestParser parser(4096);
    Reading reading;
    QByteArray pending;
    for (qsizetype i = 0; i < bytes.size(); i += atOnce) {
        pending += bytes.mid(i, atOnce);
        Result result = parser.parse(pending);
        if (result == Result::HeaderIsThere) {
            reading.head = parser.head();
            reading.contentLength = parser.contentLength();
            reading.isChunked = parser.isChunked();
            if (!reading.isChunked) {
                reading.result = result;
                return reading;
            }
            parser.expectChunkedBody(10'000);
            result = parser.parse(pending);
        }
        reading.result = result;
        if (result == Result::BodyIsThere)
            reading.body = parser.takeBody();
        if (result != Result::NeedsMore) {
            check(result != Result::Malformed || !parser.errorText().isEmpty(),
                  "the client is told what is wrong");
            return reading;
        }
    }
    return reading;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const Reading whole = read(bytes, std::max<qsizetype>(bytes.size(), 1));
    const Reading dripped = read(bytes, 1);
    // What cannot become a request is refused at once, or when the end of the header has come.
    const auto isRefusal = [](Result result) {
        return result != Result::NeedsMore && result != Result::HeaderIsThere &&
               result != Result::BodyIsThere;
    };
    if (isRefusal(whole.result) && dripped.result == Result::NeedsMore)
        return 0;
    check(whole.result == dripped.result, "the result does not depend on the pieces");
    check(whole.head.method == dripped.head.method, "the method does not depend on the pieces");
    check(whole.head.url == dripped.head.url, "the URL does not depend on the pieces");
    check(whole.head.headers == dripped.head.headers, "the headers do not depend on the pieces");
    check(whole.body == dripped.body, "the body does not depend on the pieces");
    check(whole.contentLength == dripped.contentLength && whole.contentLength >= 0,
          "the length does not depend on the pieces");
    check(whole.body.size() <= 10'000, "a body is bounded");
    return 0;
}
