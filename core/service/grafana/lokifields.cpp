// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokifields.h"

#include "core/record/jsonunescape.h"
#include "core/record/sametext.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

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
    constexpr FieldTable()
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

    [[nodiscard]] constexpr const NamedField *find(std::string_view name) const
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
    static constexpr std::size_t hash(std::string_view name)
    {
        if (name.empty())
            return 0;
        const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(name[i]); };
        return name.size() * 5 + byte(0) * 11 + byte(name.size() - 1) * 29 + byte(name.size() / 2);
    }

    template <typename Names>
    constexpr void addAll(const Names &names, Field::Kind kind)
    {
        for (std::size_t i = 0; i < names.size(); ++i)
            add(names[i].name, kind, i);
    }

    constexpr void add(std::string_view name, Field::Kind kind, std::size_t index = 0)
    {
        std::size_t place = hash(name);
        while (!m_table[place % m_table.size()].name.empty())
            ++place;
        m_table[place % m_table.size()] = {name, {kind, index}};
    }

    std::array<NamedField, 256> m_table{};
};

const FieldTable fieldTable; // Clang 14 takes no template of a class in a constexpr one

constexpr std::array<bool, 256> nameCharacters = [] {
    std::array<bool, 256> table{};
    for (int c = 0; c < 256; ++c)
        table[std::size_t(c)] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '_';
    return table;
}();

constexpr bool isNameCharacter(char c)
{
    return nameCharacters[static_cast<unsigned char>(c)];
}

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

std::size_t slotOf(std::string_view key)
{
    if (key.empty())
        return 0;
    const auto first = static_cast<unsigned char>(key.front());
    const auto last = static_cast<unsigned char>(key.back());
    return (key.size() * 7 + first + last * 3U) % std::tuple_size_v<PlainNames>;
}

//! Loki fails queries over names that begin with a digit, and takes those with `__` for its own.
bool isUnsafeStart(std::string_view name)
{
    return isDigit(name.front()) || (name.front() == '_' && name.size() > 1 && name[1] == '_');
}

} // namespace

std::optional<Field> fieldOf(std::string_view name)
{
    const NamedField *found = fieldTable.find(name);
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

bool needsPrefix(std::string_view name, const Labels &fixed)
{
    while (name.size() > metadataPrefix.size() && name.starts_with(metadataPrefix))
        name.remove_prefix(metadataPrefix.size());
    return fieldTable.find(name) ||
           std::any_of(fixed.begin(), fixed.end(),
                       [name](const auto &label) { return label.first == name; });
}

struct MetadataScanner::Taken
{
    std::unordered_set<std::string_view> kept;            //!< Keys that are names as they are.
    std::unordered_set<std::string> given;                //!< Names so far, of whichever key.
    std::unordered_map<std::string, std::size_t> numbers; //!< The last one behind a name.
};

MetadataScanner::MetadataScanner(std::string_view object, const Labels &fixed, PlainNames *plain)
    : m_at(object.data())
    , m_end(object.data() + object.size())
    , m_object(object)
    , m_fixed(fixed)
    , m_plain(plain)
{
    if (m_at < m_end)
        ++m_at; // the brace
}

MetadataScanner::~MetadataScanner() = default;

bool MetadataScanner::next()
{
    const auto key = nextKey();
    if (!key)
        return false;
    setName(*key);
    return readValue();
}

std::optional<std::string_view> MetadataScanner::nextKey()
{
    if (m_at < m_end && *m_at == ',')
        ++m_at;
    const auto key = quoted(m_nameScratch);
    if (!key || m_at == m_end || *m_at != ':')
        return std::nullopt;
    ++m_at;
    return key;
}

bool MetadataScanner::readValue()
{
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
    if (m_at < m_end && *m_at != '{' && *m_at != '[') {
        while (m_at < m_end && *m_at != ',' && *m_at != '}')
            ++m_at;
        return {start, static_cast<std::size_t>(m_at - start)};
    }
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

bool MetadataScanner::isNameAsItIs(std::string_view key, std::size_t slot)
{
    if (!m_plain)
        return isNameAsItIs(key);
    std::string &known = (*m_plain)[slot];
    if (!key.empty() && isSameText(known, key))
        return true;
    if (!isNameAsItIs(key))
        return false;
    known = key;
    return true;
}

bool MetadataScanner::isNameAsItIs(std::string_view key) const
{
    const bool hasEscapes = key.data() == m_nameScratch.data(); // as no key of ours has for letters
    return !key.empty() && !hasEscapes && std::all_of(key.begin(), key.end(), isNameCharacter) &&
           !isUnsafeStart(key) && !needsPrefix(key, m_fixed);
}

void MetadataScanner::setName(std::string_view key)
{
    // Nearly all keys are names, and each another than those before it.
    const std::size_t slot = slotOf(key);
    const std::uint64_t bit = std::uint64_t{1} << slot;
    if (m_taken || m_seen & bit || !isNameAsItIs(key, slot))
        return setNameBeside(key);
    m_seen |= bit;
    m_name = key;
}

//! Looks at the object's other keys, too.
void MetadataScanner::setNameBeside(std::string_view key)
{
    if (!m_taken) {
        m_taken = std::make_unique<Taken>();
        MetadataScanner others(m_object, m_fixed);
        while (const auto other = others.nextKey()) {
            if (others.isNameAsItIs(*other)) {
                m_taken->kept.insert(*other);
                if (others.m_at < m_at)
                    m_taken->given.emplace(*other);
            }
            if (!others.readValue())
                break;
        }
    }
    if (isNameAsItIs(key) && m_taken->given.emplace(key).second) {
        m_name = key;
        return;
    }
    std::string name(key);
    std::replace_if(
        name.begin(), name.end(), [](char c) { return !isNameCharacter(c); }, '_');
    if (name.empty() || isUnsafeStart(name) || name == "_") // `_` numbered would be `__2`
        name.insert(0, "key_");
    if (needsPrefix(name, m_fixed))
        name.insert(0, metadataPrefix);
    std::size_t &number = m_taken->numbers.try_emplace(name, 1).first->second;
    std::string numbered = name;
    while (m_taken->kept.contains(numbered) || !m_taken->given.insert(numbered).second)
        numbered = name + '_' + std::to_string(++number);
    m_nameScratch = std::move(numbered);
    m_name = m_nameScratch;
}

} // namespace trace::loki
