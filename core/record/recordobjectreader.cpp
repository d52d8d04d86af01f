// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/recordobjectreader.h"

#include "core/record/jsonvalues.h"
#include "core/record/sametext.h"

namespace trace {

namespace dom = simdjson::dom;

void RecordObjectReader::addMetadata(std::string_view key, const dom::element &value)
{
    m_keys.append(m_metadata, key);
    appendElement(m_metadata, value);
}

bool RecordObjectReader::takeMetadata(const dom::element &value)
{
    dom::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS)
        return false;
    for (const auto field : object)
        addMetadata(field.key, field.value);
    return true;
}

//! Records of one logger have their keys in one order: comparing takes half the time of looking up.
const RecordKey *RecordObjectReader::keyAt(std::size_t place, std::string_view name)
{
    if (place >= m_order.size())
        return findRecordKey(name);
    const RecordKey *&key = m_order[place];
    if (!key || !isSameText(key->name, name))
        key = findRecordKey(name);
    return key;
}

RecordView RecordObjectReader::read(const dom::object &object, std::int64_t now,
                                    InputProblems &problems)
{
    RecordView record;
    record.timestamp = now;
    m_parts.clear();
    m_metadata.clear();
    m_keys.clear();
    m_aliased.clear();
    std::uint32_t seen = 0;
    std::size_t place = 0;
    for (const auto field : object) {
        const RecordKey *key = keyAt(place++, field.key);
        if (!key) {
            if (field.value.is_null() || !m_aliased.add(field.key, field.value))
                addMetadata(field.key, field.value);
            continue;
        }
        if (field.value.is_null())
            continue;
        // A key that stands twice: the first one counts and the others are kept.
        const std::uint32_t bit = std::uint32_t{1} << key->place;
        if (seen & bit) {
            addMetadata(field.key, field.value);
            continue;
        }
        if (key->kind == Kind::Metadata ? takeMetadata(field.value)
                                        : m_fields.take(key->kind, key->index, field.value, record,
                                                        m_parts)) {
            seen |= bit;
            continue;
        }
        if (key->kind == Kind::Level &&
            FieldReader::takeLevelNumber(object, field.value, record)) {
            seen |= bit;
        } else if (!field.value.is_object() || !m_aliased.addObject(field.key, field.value)) {
            ++problems.wrongType;
            addMetadata(field.key, field.value);
        }
    }
    if (!m_aliased.isEmpty()) {
        m_aliased.resolve(
            seen,
            [&](const AliasedMembers::Member &member) {
                return m_fields.takeAlias(*member.alias, member.value, object, record, m_parts);
            },
            [&](std::string_view key, const dom::element &value) { addMetadata(key, value); },
            [&](std::string_view key, std::string_view json) {
                m_keys.append(m_metadata, key);
                m_metadata += json;
            });
    }
    if (!m_metadata.empty()) {
        m_metadata.push_back('}');
        record.metadata = m_metadata;
    }
    record.context = m_contexts.find(m_parts);
    return record;
}

// An item of an array: one that is no object becomes a message.
RecordView RecordObjectReader::readItem(const dom::element &item, std::int64_t now,
                                        InputProblems &problems)
{
    dom::object object;
    if (item.get_object().get(object) == simdjson::SUCCESS)
        return read(object, now, problems);
    RecordView record;
    record.timestamp = now;
    if (!readText(item, record.message)) {
        m_metadata.clear();
        appendElement(m_metadata, item);
        record.message = m_metadata;
    }
    return record;
}

} // namespace trace
