// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/jsonbudget.h"

#include <algorithm>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

// A value follows each of these, or none does.
bool announcesValue(char c)
{
    return c == ',' || c == '{' || c == '[';
}

//! Those that stand in no string.
qsizetype valuesIn(std::string_view json)
{
    qsizetype values = 0;
    bool inString = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (inString && c == '\\')
            ++i;
        else if (c == '"')
            inString = !inString;
        else if (!inString && announcesValue(c))
            ++values;
    }
    return values;
}

} // namespace

std::optional<DecodeError> tooManyValues(std::string_view json)
{
    if (qsizetype(json.size()) <= maxJsonValues ||
        std::count_if(json.begin(), json.end(), announcesValue) <= maxJsonValues ||
        valuesIn(json) <= maxJsonValues)
        return {};
    return DecodeError{413, u"more than %1 values in the JSON of one request"_s.arg(maxJsonValues)};
}

} // namespace trace
