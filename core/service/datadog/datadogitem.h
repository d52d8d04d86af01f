// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/aliasedmembers.h"
#include "core/record/contextcache.h"
#include "core/record/distinctkeys.h"
#include "core/record/fieldreader.h"
#include "core/service/service.h"

#include <simdjson.h>

#include <string>

namespace trace::datadog {

//! What the query of a request says of all its items.
struct ItemDefaults
{
    std::string tags;
    std::string source;
    std::string service;
    std::string hostname;
};

//! Turns items of the intake into records: those of our own Encoder exactly, those of other clients
//! as Datadog reads them (its reserved attributes, in all spellings; a message that is an object as
//! JSON goes before the item's own members), and what other loggers call the same
//! (recordaliases.h) where Datadog's names say nothing. What a record has no field for goes to its metadata,
//! members of a group as `group.member`. One request each.
class ItemReader final
{
public:
    //! \a now, in ns since the epoch, is the time of the first item without one. Both others must
    //! outlive the reader.
    ItemReader(const ItemDefaults &defaults, std::int64_t now, const RecordSink &sink);

    //! Hands over the record of an item; nothing for `{}` and null, by which clients ask whether
    //! the intake is there. A value that is no object becomes a message.
    void read(const simdjson::dom::element &item);
    //! The same for a line of text, which is valid UTF-8.
    void readLine(std::string_view line);

private:
    using Element = simdjson::dom::element;

    //! An id that may have come as a number.
    struct Id
    {
        std::string_view text;
        std::string number;
        std::string hex;
    };

    void begin();
    void emit();
    void readInner(std::string_view message);
    [[nodiscard]] bool isOverridden(std::string_view key) const;
    void readMember(std::string_view key, const Element &value);
    void settleAliases();
    [[nodiscard]] bool isTold(const RecordAlias &alias) const;
    void readGroup(std::string_view group, std::string_view key, const Element &value);
    [[nodiscard]] bool takeTop(std::string_view key, const Element &value);
    [[nodiscard]] bool takeMember(std::string_view group, std::string_view key,
                                  const Element &value);
    [[nodiscard]] bool takeOwn(std::string_view key, const Element &value);
    [[nodiscard]] bool takeWorkflow(std::string_view key, const Element &value);
    [[nodiscard]] bool takeTraceId(std::string_view key, const Element &value);
    [[nodiscard]] bool takeText(std::string_view &text, const Element &value);
    [[nodiscard]] bool takeTime(const Element &value);
    [[nodiscard]] bool takeStatus(const Element &value);
    [[nodiscard]] bool takeMessage(const Element &value);
    [[nodiscard]] bool takeTags(const Element &value);
    [[nodiscard]] static bool takeId(Id &id, const Element &value);
    void splitTags(std::string_view text);
    void settleTags();
    [[nodiscard]] bool settleTag(std::string_view tag);
    void settleService();
    void settleIds();
    void addMetadata(std::string_view key, const Element &value);
    void addMetadata(std::string_view key, std::string_view text);
    [[nodiscard]] std::string_view &contextText(std::string RunContext::*member);

    const ItemDefaults &m_defaults;
    std::int64_t m_now;
    const RecordSink &m_sink;
    ContextCache m_contexts;

    simdjson::dom::parser m_inner; // of a message that is JSON

    // Of the item that is being read.
    simdjson::dom::object m_object; // the item, or the message's
    AliasedMembers m_aliased;       // of it
    FieldReader m_fields;
    RecordView m_record;
    ContextParts m_parts;
    std::string m_metadata; // Without its last brace.
    DistinctKeys m_keys;    // Of the metadata.
    std::string m_message;
    std::string m_serviceTag;
    std::string_view m_service;
    std::string_view m_source;
    std::vector<std::string_view> m_tags; // Of ddtags and tags.
    Id m_traceNumber;
    Id m_spanNumber;
    std::optional<std::int64_t> m_exactTime;
    bool m_hasTime = false;
    bool m_hasStatus = false;
    bool m_hasMessage = false;
    bool m_hasInnerTime = false; // of the message's JSON
    bool m_hasInnerStatus = false;
};

} // namespace trace::datadog
