// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/recordorigin.h"

#include "core/record/jsonvalues.h"
#include "core/record/recordaliases.h"

#include <simdjson.h>

namespace trace {

namespace dom = simdjson::dom;

namespace {

std::string_view nameOf(RecordKey::Kind kind, std::size_t index)
{
    using Kind = RecordKey::Kind;
    switch (kind) {
    case Kind::Timestamp:
        return "timestamp";
    case Kind::Level:
        return "level";
    case Kind::Message:
        return "message";
    case Kind::Mode:
        return "mode";
    case Kind::Tags:
        return "tags";
    case Kind::Metadata:
        return "metadata";
    case Kind::Context:
        return contextFields[index].name;
    case Kind::Text:
        return textFields<RecordView>[index].name;
    case Kind::Integer:
        return integerFields<RecordView>[index].name;
    case Kind::Number:
        return numberFields<RecordView>[index].name;
    }
    return {};
}

//! Goes through the object as the reader does. What is not in the metadata was read.
class Origins
{
public:
    explicit Origins(const dom::element &metadata)
        : m_metadata(metadata)
    {}

    void addAll(const dom::object &object, std::string_view container, const std::string &path)
    {
        for (const auto member : object) {
            const std::string key = path + std::string(member.key);
            const RecordKey *own = container.empty() ? findRecordKey(member.key) : nullptr;
            if (own) {
                add(nameOf(own->kind, own->index), key, member.key);
                continue;
            }
            const RecordAlias *alias = findRecordAlias(container, member.key);
            if (!alias)
                continue;
            if (alias->form != RecordAlias::Form::None)
                add(nameOf(alias->kind, alias->index), key, member.key);
            dom::object below;
            if (alias->isContainer && member.value.get_object().get(below) == simdjson::SUCCESS)
                addAll(below, alias->name, key + '.');
        }
    }

    std::vector<FieldOrigin> result;

private:
    void add(std::string_view field, const std::string &key, std::string_view name)
    {
        if (!isKept(key, name))
            result.push_back({std::string(field), key});
    }

    [[nodiscard]] bool isKept(const std::string &key, std::string_view name) const
    {
        dom::element at = m_metadata;
        std::string_view rest = std::string_view(key).substr(0, key.size() - name.size());
        while (!rest.empty()) {
            const std::string_view part = rest.substr(0, rest.find('.'));
            if (at.at_key(part).get(at) != simdjson::SUCCESS)
                return false;
            rest.remove_prefix(part.size() + 1);
        }
        return at.at_key(name).error() == simdjson::SUCCESS;
    }

    const dom::element m_metadata;
};

} // namespace

std::vector<FieldOrigin> originsOf(std::string_view json, const RecordView &record)
{
    dom::parser parser;
    dom::parser ofMetadata;
    dom::element element;
    dom::element metadata;
    dom::object object;
    const std::string_view kept = record.metadata.empty() ? "{}" : record.metadata;
    if (!parseJson(parser, json, element) || !parseJson(ofMetadata, kept, metadata) ||
        element.get_object().get(object) != simdjson::SUCCESS)
        return {};
    Origins origins(metadata);
    origins.addAll(object, {}, {});
    return origins.result;
}

} // namespace trace
