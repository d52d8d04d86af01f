// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokifields.h"

#include "core/service/grafana/lokilabels.h"
#include "core/service/jsonunescape.h"

#include <algorithm>

namespace trace::loki {

namespace {

struct NamedField
{
    std::string_view name;
    Field field;
};

//! Our own names in a small open hash table: looked up for every pair that comes or goes.
class FieldTable final
{
public:
    FieldTable()
    {
        addAll(contextFields, Field::Kind::Context);
        addAll(textFields<RecordView>, Field::Kind::Text);
        addAll(integerFields<RecordView>, Field::Kind::Integer);
        addAll(numberFields<RecordView>, Field::Kind::Number);
        add("tags", Field::Kind::Tags);
        add("level", Field::Kind::Level);
        add("mode", Field::Kind::Mode);
        add("service_name", Field::Kind::ServiceName);
        add(backfillLabel, Field::Kind::Backfill);
        for (const std::string_view name : {"message", "timestamp", "metadata"})
            add(name, Field::Kind::Reserved);
    }

    [[nodiscard]] const NamedField *find(std::string_view name) const
    {
        for (std::size_t place = hash(name);; ++place) {
            const NamedField &candidate = m_table[place % m_table.size()];
            if (candidate.name.empty())
                return nullptr;
            if (candidate.name == name)
                return &candidate;
        }
    }

private:
    static std::size_t hash(std::string_view name)
    {
        if (name.empty())
            return 0;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
        return name.size() * 5 + byte(0) * 11 + byte(name.size() - 1) * 29 + byte(name.size() / 2);
    }

    template <typename Names>
    void addAll(const Names &names, Field::Kind kind)
    {
        for (std::size_t i = 0; i < names.size(); ++i)
            add(names[i].name, kind, i);
    }

    void add(std::string_view name, Field::Kind kind, std::size_t index = 0)
    {
        std::size_t place = hash(name);
        while (!m_table[place % m_table.size()].name.empty())
            ++place;
        m_table[place % m_table.size()] = {name, {kind, index}};
    }

    std::array<NamedField, 256> m_table{};
};

const FieldTable &fieldTable()
{
    static const FieldTable table;
    return table;
}

constexpr bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

std::optional<Field> fieldOf(std::string_view name)
{
    const NamedField *found = fieldTable().find(name);
    return found ? std::optional(found->field) : std::nullopt;
}

void appendTags(std::string &out, const std::vector<std::string> &tags)
{
    for (std::size_t i = 0; i < tags.size(); ++i) {
        if (i > 0)
            out += ',';
        out += tags[i];
    }
}

MetadataScanner::MetadataScanner(std::string_view object)
    : m_at(object.data())
    , m_end(object.data() + object.size())
{
    if (m_at < m_end)
        ++m_at; // the brace
}

bool MetadataScanner::next()
{
    if (m_at < m_end && *m_at == ',')
        ++m_at;
    const auto key = quoted(m_nameScratch);
    if (!key || m_at == m_end || *m_at != ':')
        return false;
    ++m_at;
    setName(*key);
    if (m_at < m_end && *m_at == '"') {
        const auto value = quoted(m_valueScratch);
        m_value = value.value_or(std::string_view());
        return value.has_value();
    }
    m_value = literal();
    return !m_value.empty();
}

std::optional<std::string_view> MetadataScanner::quoted(std::string &scratch)
{
    if (m_at == m_end || *m_at != '"')
        return std::nullopt;
    const char *const start = ++m_at;
    bool escaped = false;
    while (m_at < m_end && *m_at != '"') {
        if (*m_at == '\\') {
            escaped = true;
            ++m_at;
            if (m_at == m_end)
                return std::nullopt;
        }
        ++m_at;
    }
    if (m_at == m_end)
        return std::nullopt;
    const std::string_view raw(start, static_cast<std::size_t>(m_at - start));
    ++m_at;
    if (!escaped)
        return raw;
    scratch.clear();
    appendUnescaped(scratch, raw);
    return scratch;
}

//! A number, a word, an array or an object, as it stands.
std::string_view MetadataScanner::literal()
{
    const char *const start = m_at;
    int depth = 0;
    bool inString = false;
    for (; m_at < m_end; ++m_at) {
        const char c = *m_at;
        if (inString) {
            if (c == '\\' && m_at + 1 < m_end)
                ++m_at;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (--depth < 0)
                break;
        } else if (c == ',' && depth == 0) {
            break;
        }
    }
    return {start, static_cast<std::size_t>(m_at - start)};
}

void MetadataScanner::setName(std::string_view key)
{
    const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), isNameCharacter);
    m_name = key;
    if (!plain) {
        std::string name(key.empty() ? "_" : key);
        std::replace_if(
            name.begin(), name.end(), [](char c) { return !isNameCharacter(c); }, '_');
        m_nameScratch = std::move(name);
        m_name = m_nameScratch;
    }
    if (fieldTable().find(m_name)) {
        m_nameScratch = std::string(metadataPrefix) + std::string(m_name);
        m_name = m_nameScratch;
    }
}

} // namespace trace::loki
