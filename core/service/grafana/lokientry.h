// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/distinctkeys.h"
#include "core/record/jsonrecordreader.h"
#include "core/service/grafana/lokifields.h"
#include "core/service/grafana/lokilabels.h"
#include "core/service/service.h"

#include <simdjson.h>

#include <deque>
#include <memory>
#include <unordered_map>

namespace trace::loki {

//! Turns the entries of a push request back into records: labels and structured metadata with our
//! names become fields, others go to the metadata. Labels `service_name` and `level` together tell
//! that our Encoder wrote the stream, whose lines are messages as they are. Lines of others are read
//! as lines of files are: an object in JSON says what neither labels nor structured metadata say,
//! its own time goes before the entry's; other lines may tell their level. Labels of others count
//! under the names that loggers use (recordaliases.h), too. Everything given to it must live until
//! the record's emit(). One request each.
class EntryReader final
{
public:
    explicit EntryReader(const RecordSink &sink);
    ~EntryReader();
    Q_DISABLE_COPY_MOVE(EntryReader)

    //! Begins a stream: its labels hold for all entries that follow.
    void beginStream(const Labels &labels);

    //! Begins an entry of the stream.
    void beginEntry(std::int64_t time, std::string_view line);
    void pair(std::string_view name, std::string_view value);
    //! Hands the record over.
    void emit();

private:
    //! A record in the making: the context's texts are looked up when it is complete.
    struct Draft
    {
        RecordView record;
        std::array<std::string_view, contextFields.size()> context;
        std::string_view tags;
        std::string_view serviceName;
        bool hasLevel = false;
        DistinctKeys keys; //!< Of the metadata.
    };

    struct KnownContext
    {
        RunContext context;
        std::string tags;
    };

    static void apply(Draft &draft, std::string &metadata, std::string_view name, std::string_view value);
    static void addMetadata(Draft &draft, std::string &metadata, std::string_view name,
                            std::string_view value);
    [[nodiscard]] static bool applyField(Draft &draft, Field field, std::string_view value);
    [[nodiscard]] static bool applyAlias(Draft &draft, std::string_view name,
                                         std::string_view value);
    void readLine();
    void takeObject(const RecordView &read);
    void takeMetadata(std::string_view json);
    [[nodiscard]] bool isSameValue(const simdjson::dom::element &value, std::string_view json,
                                   std::string_view text);
    [[nodiscard]] bool isOwnServiceName(const Draft &draft) const;
    [[nodiscard]] const RunContext *contextFor(const Draft &draft);
    [[nodiscard]] static bool matches(const KnownContext &known, const Draft &draft);

    const RecordSink &m_sink;
    Labels m_labels;
    bool m_isOwn = false; // the stream
    Draft m_stream;
    std::string m_streamMetadata; //!< Without its last brace.
    Draft m_entry;
    std::string m_metadata;
    std::deque<KnownContext> m_contexts; // a deque, because the records point into it
    std::unordered_multimap<std::size_t, const KnownContext *> m_byHash;
    const KnownContext *m_last = nullptr;
    std::unique_ptr<JsonRecordReader> m_lines; // of others
    simdjson::dom::parser m_parser;            // of their metadata
    simdjson::dom::parser m_pairParser;
    std::string m_pairJson;
    std::vector<std::pair<std::string_view, std::string_view>> m_pairs; // of others, for metadata
    std::string m_tags;
};

} // namespace trace::loki
