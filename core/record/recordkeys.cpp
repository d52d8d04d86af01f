// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/recordkeys.h"

#include "core/record/sametext.h"

namespace trace {

namespace {

using Kind = RecordKey::Kind;

constexpr std::size_t shortest = 4;
constexpr std::size_t longest = 17;
constexpr std::size_t slots = 128;

constexpr std::size_t slotOf(std::string_view name)
{
    const auto at = [name](std::size_t i) { return static_cast<unsigned char>(name[i]); };
    return (name.size() * 37 + at(0) * 5U + at(name.size() / 2) * 11U + at(3) * 3U) % slots;
}

struct Table
{
    std::array<RecordKey, slots> keys{};
    std::uint8_t count = 0;

    constexpr void add(std::string_view name, Kind kind, std::size_t index = 0)
    {
        put(name, kind, index, count++);
    }

    constexpr void put(std::string_view name, Kind kind, std::size_t index, std::uint8_t place)
    {
        std::size_t slot = slotOf(name);
        while (!keys[slot].name.empty())
            slot = (slot + 1) % slots;
        keys[slot] = {name, kind, static_cast<std::uint8_t>(index), place};
    }

    template <typename Fields>
    constexpr void addAll(const Fields &fields, Kind kind)
    {
        for (std::size_t i = 0; i < fields.size(); ++i)
            add(fields[i].name, kind, i);
    }
};

constexpr Table table = [] {
    Table made;
    made.put("datetime", Kind::Timestamp, 0, made.count);
    made.add("timestamp", Kind::Timestamp);
    made.add("level", Kind::Level);
    made.add("message", Kind::Message);
    made.add("mode", Kind::Mode);
    made.add("tags", Kind::Tags);
    made.add("metadata", Kind::Metadata);
    made.addAll(contextFields, Kind::Context);
    made.addAll(textFields<RecordView>, Kind::Text);
    made.addAll(integerFields<RecordView>, Kind::Integer);
    made.addAll(numberFields<RecordView>, Kind::Number);
    return made;
}();

static_assert(table.count <= 32, "a place is a bit of 32");

} // namespace

const RecordKey *findRecordKey(std::string_view name)
{
    if (name.size() < shortest || name.size() > longest)
        return nullptr;
    for (std::size_t slot = slotOf(name); !table.keys[slot].name.empty();
         slot = (slot + 1) % slots) {
        if (isSameText(table.keys[slot].name, name))
            return &table.keys[slot];
    }
    return nullptr;
}

} // namespace trace
