// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpfields.h"

#include <unordered_map>

namespace trace::otlp {

namespace {

using Kind = Field::Kind;
using Table = std::unordered_map<std::string_view, Field>;

//! \a names by their places; each may have the field's name in JSON as an alias.
template <typename Names, typename Fields>
void addAll(Table &table, const Names &names, const Fields &fields, Kind kind, std::size_t &place)
{
    static_assert(std::tuple_size_v<Names> == std::tuple_size_v<Fields>);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const Field field{kind, i, place++};
        table.emplace(names[i], field);
        table.emplace(fields[i].name, field);
    }
}

Table makeTable()
{
    Table table;
    std::size_t place = 0;
    addAll(table, contextNames, contextFields, Kind::Context, place);
    addAll(table, textNames, textFields<RecordView>, Kind::Text, place);
    addAll(table, integerNames, integerFields<RecordView>, Kind::Integer, place);
    addAll(table, numberNames, numberFields<RecordView>, Kind::Number, place);
    const auto add = [&](Kind kind, std::initializer_list<std::string_view> names) {
        for (const std::string_view name : names)
            table.emplace(name, Field{kind, 0, place});
        ++place;
    };
    add(Kind::Tags, {"workflow.tags", "tags"});
    add(Kind::Mode, {"log.iostream", "mode"});
    add(Kind::Timestamp, {"workflow.timestamp"});
    add(Kind::ServiceName, {"service.name"});
    // Names of the conventions' earlier versions.
    table.emplace("code.filepath", table.at("code.file.path"));
    table.emplace("code.lineno", table.at("code.line.number"));
    table.emplace("deployment.environment", table.at("deployment.environment.name"));
    return table;
}

} // namespace

std::optional<Field> fieldOf(std::string_view attribute)
{
    static const Table table = makeTable();
    const auto found = table.find(attribute);
    return found == table.end() ? std::nullopt : std::optional(found->second);
}

bool needsPrefix(std::string_view key)
{
    while (key.starts_with(metadataPrefix))
        key.remove_prefix(metadataPrefix.size());
    return fieldOf(key).has_value();
}

std::string_view serviceTag(std::string_view tag)
{
    constexpr std::string_view prefix = "service:";
    return tag.starts_with(prefix) ? tag.substr(prefix.size()) : std::string_view();
}

} // namespace trace::otlp
