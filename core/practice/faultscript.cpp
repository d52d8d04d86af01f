// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/practice/faultscript.h"

#include <QStringList>

#include <cmath>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

tl::unexpected<Error> wrongPart(const QString &part, const QString &what)
{
    return fail(u"fault \"%1\": %2"_s.arg(part, what),
                u"Allowed, separated by commas: STATUS[:PROBABILITY[:RETRY_AFTER_SECONDS]], "
                "drop[:PROBABILITY], lost[:PROBABILITY], half[:PROBABILITY], "
                "timeout[:PROBABILITY], reject=TEXT[:STATUS]; a status is 300 to 599, "
                "a probability 0 to 1."_s);
}

std::optional<int> statusFrom(const QString &text)
{
    bool isNumber = false;
    const int status = text.toInt(&isNumber);
    if (!isNumber || text.size() != 3 || status < 300 || status > 599)
        return {};
    return status;
}

Expected<Fault> parseReject(const QString &part)
{
    Fault fault{Fault::Kind::Reject, 400, 1, part.sliced(7), -1};
    // A colon belongs to the text unless a status follows it: reject=12:34 looks for that.
    const qsizetype colon = fault.text.lastIndexOf(u':');
    if (colon >= 0) {
        if (const auto status = statusFrom(fault.text.sliced(colon + 1))) {
            fault.status = *status;
            fault.text.truncate(colon);
        }
    }
    if (fault.text.isEmpty())
        return wrongPart(part, u"the text to look for is missing"_s);
    return fault;
}

Expected<Fault> parseFault(const QString &part)
{
    if (part.startsWith(u"reject="_s))
        return parseReject(part);
    const QStringList pieces = part.split(u':');
    Fault fault;
    if (pieces[0] == u"drop"_s)
        fault.kind = Fault::Kind::Drop;
    else if (pieces[0] == u"lost"_s)
        fault.kind = Fault::Kind::Lost;
    else if (pieces[0] == u"half"_s)
        fault.kind = Fault::Kind::Half;
    else if (pieces[0] == u"timeout"_s)
        fault.kind = Fault::Kind::Timeout;
    else if (const auto status = statusFrom(pieces[0]))
        fault.status = *status;
    else
        return wrongPart(part, u"\"%1\" is no fault"_s.arg(pieces[0]));
    if (pieces.size() > (fault.kind == Fault::Kind::Status ? 3 : 2))
        return wrongPart(part, u"too many parts"_s);
    bool isNumber = true;
    if (pieces.size() > 1)
        fault.probability = pieces[1].toDouble(&isNumber);
    if (!isNumber || !(fault.probability >= 0 && fault.probability <= 1))
        return wrongPart(part, u"\"%1\" is no probability from 0 to 1"_s.arg(pieces[1]));
    if (pieces.size() > 2)
        fault.retryAfterSeconds = pieces[2].toInt(&isNumber);
    if (!isNumber || (pieces.size() > 2 && fault.retryAfterSeconds < 0))
        return wrongPart(part, u"\"%1\" is no number of seconds"_s.arg(pieces[2]));
    return fault;
}

} // namespace

Expected<FaultScript> FaultScript::parse(const QString &text)
{
    FaultScript script;
    if (text.trimmed().isEmpty())
        return script;
    double sum = 0;
    const QStringList parts = text.split(u',');
    for (const QString &part : parts) {
        auto fault = parseFault(part.trimmed());
        if (!fault)
            return tl::make_unexpected(fault.error());
        if (fault->kind != Fault::Kind::Reject && part.contains(u':'))
            sum += fault->probability;
        script.faults.append(*std::move(fault));
    }
    if (sum > 1 + 1e-9)
        return fail(u"faults \"%1\": the probabilities add up to more than 1"_s.arg(text),
                    u"Each request is struck by at most one fault; lower the probabilities."_s);
    return script;
}

} // namespace trace
