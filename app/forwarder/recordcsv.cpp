// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/forwarder/recordcsv.h"

#include "app/forwarder/confirm.h"
#include "core/record/jsonwriter.h"
#include "core/record/timestamp.h"

#include <cmath>

namespace trace {

namespace {

constexpr std::string_view lineEnd = "\r\n";

void appendField(std::string &out, std::string_view field)
{
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) {
        out.append(field);
        return;
    }
    out += '"';
    for (const char c : field) {
        if (c == '"')
            out += '"';
        out += c;
    }
    out += '"';
}

bool looksLikeFormula(std::string_view text)
{
    return text.find_first_of("=+-@\t\r") == 0;
}

//! The fields of a line, each behind a comma.
class CsvLine
{
public:
    CsvLine(std::string &out, bool isForTerminal)
        : m_out(out)
        , m_isForTerminal(isForTerminal)
    {}

    void addText(std::string_view text)
    {
        if (looksLikeFormula(text))
            addSafe("'" + std::string(text));
        else
            addSafe(text);
    }
    template <typename Number>
    void addNumber(const std::optional<Number> &number)
    {
        m_out += ',';
        if (number && std::isfinite(double(*number)))
            appendJsonNumber(*number);
    }
    void addTags(const std::vector<std::string> &tags)
    {
        std::string json;
        for (const std::string &tag : tags) {
            json += json.empty() ? '[' : ',';
            appendJsonString(json, tag);
        }
        addSafe(json.empty() ? json : json + ']');
    }

private:
    void addSafe(std::string_view text)
    {
        m_out += ',';
        if (m_isForTerminal) {
            const QString shown = QString::fromUtf8(text.data(), qsizetype(text.size()));
            appendField(m_out, visibleText(shown).toStdString());
        } else {
            appendField(m_out, text);
        }
    }
    void appendJsonNumber(std::int64_t number) { m_out += std::to_string(number); }
    void appendJsonNumber(double number) { trace::appendJsonNumber(m_out, number); }

    std::string &m_out;
    const bool m_isForTerminal;
};

} // namespace

void appendCsvHeader(std::string &out)
{
    const auto add = [&](std::string_view name) { out.append(",").append(name); };
    out.append("timestamp,level,message");
    for (const auto &field : contextFields)
        add(field.name);
    add("tags");
    add("mode");
    for (const auto &field : textFields<RecordView>)
        add(field.name);
    for (const auto &field : integerFields<RecordView>)
        add(field.name);
    for (const auto &field : numberFields<RecordView>)
        add(field.name);
    add("metadata");
    out.append(lineEnd);
}

void appendCsv(std::string &out, const RecordView &record, bool isForTerminal)
{
    const RunContext &context = contextOf(record);
    appendTimestamp(out, record.timestamp);
    CsvLine line(out, isForTerminal);
    line.addText(levelName(record.level));
    line.addText(record.message);
    for (const auto &field : contextFields)
        line.addText(context.*field.member);
    line.addTags(context.tags);
    line.addText(modeName(record.mode));
    for (const auto &field : textFields<RecordView>)
        line.addText(record.*field.member);
    for (const auto &field : integerFields<RecordView>)
        line.addNumber(record.*field.member);
    for (const auto &field : numberFields<RecordView>)
        line.addNumber(record.*field.member);
    line.addText(record.metadata);
    out.append(lineEnd);
}

} // namespace trace
