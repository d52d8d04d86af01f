// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/recordaliases.h"

#include <QtGlobal>

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace trace {

namespace {

using Form = RecordAlias::Form;

//! What a program writes. \a keys: `field=name` or `field=name!form`, separated by blanks.
struct Logger
{
    std::string_view program;
    std::string_view documentation;
    std::string_view keys;
};

// Of several names of a field in one record the one that stands first here counts.
constexpr Logger loggers[] = {
    {"OpenTelemetry, log data model",
     "https://opentelemetry.io/docs/specs/otel/logs/data-model/",
     "timestamp=timeunixnano level=severitytext level=severitynumber!opentelemetry message=body!text "
     "trace_id=traceid span_id=spanid timestamp=observedtimeunixnano"},
    {"OpenTelemetry, semantic conventions",
     "https://opentelemetry.io/docs/specs/semconv/registry/attributes/",
     "exception_type=exception.type exception_message=exception.message "
     "stack_trace=exception.stacktrace filename=code.file.path filename=code.filepath "
     "lineno=code.line.number lineno=code.lineno thread=thread.id process=process.pid "
     "hostname=host.name environment=deployment.environment.name"},
    {"OpenTelemetry for Python's logging",
     "https://opentelemetry-python-contrib.readthedocs.io/en/latest/instrumentation/logging/"
     "logging.html",
     "trace_id=oteltraceid span_id=otelspanid"},
    {"Elastic Common Schema (ECS loggers, Filebeat, Spring Boot, log4j2)",
     "https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html",
     "timestamp=@timestamp level=log.level filename=log.origin.file.name "
     "lineno=log.origin.file.line exception_type=error.type exception_message=error.message "
     "stack_trace=error.stacktrace error_code=error.code process=process.pid "
     "thread=process.thread.id hostname=host.hostname trace_id=trace.id span_id=span.id"},
    {"Graylog's GELF (log4j2, Spring Boot, Monolog, Docker)",
     "https://go2docs.graylog.org/current/getting_in_log_data/gelf.html",
     "message=shortmessage message=fullmessage hostname=host!text"},
    {"Serilog, compact (CLEF)", "https://github.com/serilog/serilog-formatting-compact",
     "timestamp=@t level=@l message=@m message=@mt!template stack_trace=@x!error trace_id=@tr "
     "span_id=@sp"},
    {"Serilog, JsonFormatter", "https://github.com/serilog/serilog/wiki/Formatting-Output",
     "message=renderedmessage message=messagetemplate!template"},
    {"Microsoft.Extensions.Logging, JSON console",
     "https://learn.microsoft.com/dotnet/core/extensions/console-log-formatter",
     "level=loglevel"},
    {"NLog, JsonLayout", "https://github.com/NLog/NLog/wiki/JsonLayout",
     "stack_trace=exception!error exception_message=exceptionmessage"},
    {"Python's logging (attributes of LogRecord), python-json-logger",
     "https://docs.python.org/3/library/logging.html#logrecord-attributes",
     "timestamp=asctime level=levelname level=levelno!python filename=pathname "
     "stack_trace=excinfo!error stack_trace=exctext!error stack_trace=stackinfo!text "
     "timestamp=created!moment"},
    {"structlog", "https://www.structlog.org/en/stable/processors.html", "message=event!text"},
    {"loguru, serialized",
     "https://loguru.readthedocs.io/en/stable/api/logger.html#message",
     "message=record.message level=record.level.name level=record.level.no!python "
     "timestamp=record.time.timestamp timestamp=record.time.repr filename=record.file.path "
     "filename=record.file.name lineno=record.line process=record.process.id "
     "thread=record.thread.id exception_type=record.exception.type "
     "exception_message=record.exception.value message=text!line"},
    {"Apache Airflow, task logs",
     "https://airflow.apache.org/docs/apache-airflow/stable/administration-and-deployment/"
     "logging-monitoring/logging-tasks.html",
     "exception_type=errordetail.exctype exception_message=errordetail.excvalue"},
    {"Prefect, log entries of its API", "https://docs.prefect.io/v3/api-ref/rest-api/server/logs/",
     "run_id=flowrunid job_name=taskrunid"},
    {"Zap (production), zapcore", "https://pkg.go.dev/go.uber.org/zap#NewProductionEncoderConfig",
     "timestamp=ts!moment message=msg filename=caller!place stack_trace=stacktrace "
     "exception_message=error!error"},
    {"log/slog", "https://pkg.go.dev/log/slog#JSONHandler",
     "timestamp=time!moment filename=source.file lineno=source.line"},
    {"zerolog", "https://github.com/rs/zerolog#field-types", "stack_trace=stack!text"},
    {"logrus", "https://github.com/sirupsen/logrus#formatters", "message=msg filename=file!place"},
    {"klog, JSON of Kubernetes",
     "https://kubernetes.io/docs/concepts/cluster-administration/system-logs/",
     "exception_message=err!error"},
    {"hclog", "https://pkg.go.dev/github.com/hashicorp/go-hclog",
     "level=@level message=@message filename=@caller!place"},
    {"pino", "https://github.com/pinojs/pino/blob/main/docs/api.md",
     "process=pid exception_type=err.type exception_message=err.message stack_trace=err.stack "
     "error_code=err.code"},
    {"bunyan", "https://github.com/trentm/node-bunyan#core-fields",
     "exception_type=err.name filename=src.file lineno=src.line"},
    {"winston, log4js", "https://github.com/winstonjs/winston#formats",
     "timestamp=starttime!moment level=level.levelstr level=level.name"},
    {"logback (logstash-logback-encoder)",
     "https://github.com/logfellow/logstash-logback-encoder#standard-fields",
     "level=levelvalue!logback filename=callerfilename lineno=callerlinenumber"},
    {"log4j2, JsonTemplateLayout and JsonLayout",
     "https://logging.apache.org/log4j/2.x/manual/json-template-layout.html",
     "timestamp=instant!instant timestamp=timemillis thread=threadid "
     "exception_type=thrown.name exception_message=thrown.message "
     "stack_trace=thrown.extendedstacktrace filename=source.file lineno=source.line "
     "exception_type=exception.exceptionclass exception_message=exception.exceptionmessage"},
    {"tracing-subscriber (Rust)",
     "https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Json.html",
     "message=fields.message filename=fields.log.file lineno=linenumber"},
    {"log4rs, slog-json (Rust)",
     "https://docs.rs/log4rs/latest/log4rs/encode/json/index.html", "lineno=line"},
    {"Monolog (PHP)",
     "https://github.com/Seldaek/monolog/blob/main/doc/message-structure.md",
     "level=levelname exception_type=context.exception.class "
     "exception_message=context.exception.message filename=context.exception.file!place"},
    {"Docker, json-file", "https://docs.docker.com/engine/logging/drivers/json-file/",
     "message=log!line mode=stream"},
    {"Fluent Bit, Fluentd", "https://docs.fluentbit.io/manual/concepts/key-concepts",
     "timestamp=date!moment"},
    {"Vector", "https://vector.dev/docs/architecture/data-model/log-event/", "hostname=host!text"},
    {"systemd's journal",
     "https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html",
     "level=priority!journald timestamp=sourcerealtimetimestamp timestamp=realtimetimestamp "
     "process=pid lineno=codeline filename=codefile error_code=errno"},
    {"syslog (RFC 5424), rsyslog, syslog-ng", "https://www.rfc-editor.org/rfc/rfc5424",
     "level=severity level=syslogseverity!syslog process=procid"},
    {"Google Cloud Logging",
     "https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields",
     "message=textpayload message=jsonpayload.message "
     "filename=logging.googleapis.com/sourcelocation.file "
     "lineno=logging.googleapis.com/sourcelocation.line "
     "trace_id=logging.googleapis.com/trace span_id=logging.googleapis.com/spanid"},
    {"Datadog, reserved attributes",
     "https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/",
     "exception_type=error.kind stack_trace=error.stack "
     "hostname=syslog.hostname"},
    {"Amazon CloudWatch (Lambda, Powertools)",
     "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html",
     "filename=location!place exception_type=errortype exception_message=errormessage "
     "exception_type=exceptionname"},
    {"Vercel, log drains", "https://vercel.com/docs/drains/reference/logs",
     "timestamp=timestampinms"},
    {"others, widely used", "",
     "level=lvl level=loglevel level=levelstr message=logmessage timestamp=eventtime "
     "hostname=machinename hostname=servername process=processid thread=tid "
     "lineno=linenumber filename=filepath filename=sourcefile user_id=userid tenant_id=tenantid "
     "parent_span_id=parentid parent_span_id=parentspanid duration_ms=durationms "
     "environment=env!text"},
};

constexpr std::size_t longest = 48;

//! A name as the table has it; empty for one that is too long for it.
class PlainName final
{
public:
    PlainName(std::string_view container, std::string_view name)
    {
        if (container.size() + name.size() + 1 > longest)
            return;
        if (!container.empty()) {
            add(container);
            m_text[m_size++] = '.';
        }
        add(name);
    }

    [[nodiscard]] std::string_view text() const { return {m_text.data(), m_size}; }

private:
    void add(std::string_view part)
    {
        for (const char c : part) {
            if (c != '_' && c != '-')
                m_text[m_size++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        }
    }

    std::array<char, longest> m_text{};
    std::size_t m_size = 0;
};

Form formOf(std::string_view word)
{
    constexpr std::array<std::pair<std::string_view, Form>, 13> forms{{
        {"", Form::Value},
        {"text", Form::Text},
        {"line", Form::Line},
        {"template", Form::Template},
        {"error", Form::Error},
        {"moment", Form::Moment},
        {"instant", Form::Instant},
        {"place", Form::Place},
        {"python", Form::Python},
        {"syslog", Form::Syslog},
        {"journald", Form::Journald},
        {"opentelemetry", Form::OpenTelemetry},
        {"logback", Form::Logback},
    }};
    const auto *found = std::find_if(forms.begin(), forms.end(),
                                     [word](const auto &form) { return form.first == word; });
    Q_ASSERT(found != forms.end());
    return found->second;
}

//! An open hash table, made once.
class AliasTable final
{
public:
    explicit AliasTable(const std::vector<UserAlias> &ofUser = {})
    {
        for (const UserAlias &alias : ofUser)
            add(alias.field, alias.name, Form::Value);
        // A field's own name in other letters counts before others: `Message`, `runId`.
        for (const std::string_view name : {"timestamp", "level", "message", "mode", "tags"})
            add(name, name, Form::Value);
        addOwn(contextFields);
        addOwn(textFields<RecordView>);
        addOwn(integerFields<RecordView>);
        addOwn(numberFields<RecordView>);
        for (const Logger &logger : loggers)
            addAll(logger.keys);
    }

    [[nodiscard]] const RecordAlias *find(std::string_view name) const
    {
        const RecordAlias &found = m_slots[slotOf(name)];
        return found.name.empty() ? nullptr : &found;
    }

private:
    //! Where it is or would be.
    [[nodiscard]] std::size_t slotOf(std::string_view name) const
    {
        std::size_t hash = 0;
        for (const char c : name)
            hash = hash * 31 + static_cast<unsigned char>(c);
        while (!m_slots[hash % m_slots.size()].name.empty() &&
               m_slots[hash % m_slots.size()].name != name)
            ++hash;
        return hash % m_slots.size();
    }

    template <typename Fields>
    void addOwn(const Fields &fields)
    {
        for (const auto &field : fields)
            add(field.name, field.name, Form::Value);
    }

    void addAll(std::string_view keys)
    {
        while (!keys.empty()) {
            const std::string_view key = keys.substr(0, keys.find(' '));
            keys.remove_prefix(std::min(keys.size(), key.size() + 1));
            const std::size_t equals = key.find('=');
            const std::size_t mark = std::min(key.find('!'), key.size());
            add(key.substr(0, equals), key.substr(equals + 1, mark - equals - 1),
                formOf(mark < key.size() ? key.substr(mark + 1) : ""));
        }
    }

    void add(std::string_view field, std::string_view name, Form form)
    {
        const RecordKey *key = findRecordKey(field);
        Q_ASSERT(key);
        const PlainName plain({}, name);
        RecordAlias &alias = entry(plain.text());
        if (alias.form != Form::None)
            return; // another program writes it too
        alias.kind = key->kind;
        alias.index = key->index;
        alias.place = key->place;
        alias.rank = m_ranks[key->place]++;
        alias.form = form;
        for (std::size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0;
             dot = name.rfind('.', dot - 1))
            entry(name.substr(0, dot)).isContainer = true;
    }

    RecordAlias &entry(std::string_view name)
    {
        RecordAlias &found = m_slots[slotOf(name)];
        if (found.name.empty())
            found.name = m_names.emplace_back(name);
        return found;
    }

    std::array<RecordAlias, 1024> m_slots{};
    std::deque<std::string> m_names;
    std::array<std::uint8_t, 32> m_ranks{};
};

} // namespace

namespace {

std::unique_ptr<const AliasTable> &tableInUse()
{
    static auto table = std::make_unique<const AliasTable>();
    return table;
}

} // namespace

void setUserAliases(const std::vector<UserAlias> &aliases)
{
    tableInUse() = std::make_unique<const AliasTable>(aliases);
}

bool isRecordField(std::string_view name)
{
    const RecordKey *key = findRecordKey(name);
    return key && key->kind != RecordKey::Kind::Metadata;
}

const RecordAlias *findRecordAlias(std::string_view container, std::string_view name)
{
    return tableInUse()->find(PlainName(container, name).text());
}

} // namespace trace
