// SPDX-License-Identifier: GPL-3.0-or-later
// The files of the configuration folder: refused with words, or written so that they are read again
// as the same.
#include "core/config/endpointstore.h"
#include "core/config/redactionfile.h"
#include "core/config/settings.h"
#include "tests/fuzz/fuzzing.h"

using namespace trace;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    std::string_view input = textOf(data, size);
    const std::size_t file = choose(input, 3);
    const QByteArray json(input.data(), qsizetype(input.size()));
    std::optional<Error> error;
    if (file == 0) {
        if (const auto endpoints = endpointsFromJson(json)) {
            const auto again = endpointsFromJson(endpointsToJson(*endpoints));
            check(again && *again == *endpoints, "endpoints are read as they were written");
        } else {
            error = endpoints.error();
        }
    } else if (file == 1) {
        if (const auto redaction = redactionFromJson(json); !redaction) {
            error = redaction.error();
        } else if (*redaction) {
            std::string masked;
            std::ignore = (*redaction)->mask("password=hunter2 C-123456 and more", masked);
            std::ignore = (*redaction)->mask(input, masked);
        }
    } else if (const auto settings = settingsFromJson(json); !settings) {
        error = settings.error();
    }
    check(!error || !error->text.isEmpty(), "a refusal has words");
    return 0;
}
