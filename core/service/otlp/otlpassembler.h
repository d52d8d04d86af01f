// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/contextcache.h"
#include "core/record/distinctkeys.h"
#include "core/service/otlp/otlpfields.h"
#include "core/service/service.h"
#include "core/service/textkeeper.h"

namespace trace::otlp {

//! An AnyValue, however it was written.
struct Value
{
    enum class Kind
    {
        Null,
        Text,
        Truth,
        Integer,
        Number,
        Json, //!< An array or an object: minified JSON in `text`.
    };
    Kind kind = Kind::Null;
    std::string_view text{};
    bool truth = false;
    std::int64_t integer = 0;
    double number = 0;

    [[nodiscard]] static Value ofText(std::string_view text);
    [[nodiscard]] static Value ofInteger(std::int64_t integer);
};

//! Appends \a value as JSON. A number that JSON does not have becomes a text.
void appendJson(std::string &out, const Value &value);

//! What a log record says besides its attributes. Texts live until emit().
struct LogRecord
{
    std::int64_t time = 0;         //!< In ns; 0: unknown.
    std::int64_t observedTime = 0; //!< In ns; 0: unknown.
    std::int64_t severityNumber = 0;
    std::string_view severityText{};
    Value body{};
    Id traceId{};
    Id spanId{};
};

//! Turns what a client of OpenTelemetry sends back into records: attributes with our names become
//! fields, others go to the metadata. Attributes of the resource and of the scope hold for all that
//! follows them. Texts given to it must live until the record's emit(). One request each.
class Assembler final
{
public:
    //! \a now is in ns since the epoch, for records that have no time.
    Assembler(const RecordSink &sink, std::int64_t now);

    void beginResource();
    void resourceAttribute(std::string_view name, const Value &value);
    void beginScope();
    void scopeAttribute(std::string_view name, const Value &value);
    void beginRecord();
    void attribute(std::string_view name, const Value &value);
    //! Hands the record over.
    void emit(const LogRecord &record);

private:
    //! A record in the making.
    struct Draft
    {
        RecordView record;
        ContextParts parts;
        std::string_view serviceName;
        std::optional<std::int64_t> timestamp;
        std::string metadata;   //!< Without its last brace.
        DistinctKeys keys;      //!< Of the metadata.
        std::uint64_t seen = 0; //!< The places of the fields that this level has set.
    };

    void apply(Draft &draft, std::string_view name, const Value &value);
    [[nodiscard]] bool applyField(Draft &draft, const Field &field, const Value &value);
    [[nodiscard]] bool applyTags(Draft &draft, const Value &value);
    static void addMetadata(Draft &draft, std::string_view name, const Value &value);
    static void applyId(Draft &draft, std::string_view RecordView::*member, const Id &id,
                        std::string_view name, std::string &hex);
    static void applySeverity(Draft &draft, const LogRecord &record);
    void applyService(Draft &draft);
    static void inherit(Draft &draft, const Draft &from);

    const RecordSink &m_sink;
    std::int64_t m_now;
    ContextCache m_contexts;
    Draft m_resource;
    Draft m_scope;
    Draft m_record;
    TextKeeper m_kept;       // tags of the resource and the scope
    TextKeeper m_recordKept; // tags of the record
    std::string m_message;
    std::string m_traceId;
    std::string m_spanId;
    std::string m_serviceTag;
};

} // namespace trace::otlp
