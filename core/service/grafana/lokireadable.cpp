// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/grafana/lokireadable.h"

#include "core/record/jsonwriter.h"
#include "core/record/utf8.h"
#include "core/service/grafana/lokilabels.h"

#include <protozero/pbf_reader.hpp>

namespace trace::loki {

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

constexpr auto bytesField(protozero::pbf_tag_type tag)
{
    return protozero::tag_and_type(tag, pbf_wire_type::length_delimited);
}

std::string textOf(pbf_reader &message)
{
    const auto view = message.get_view();
    return toUtf8({view.data(), view.size()});
}

void appendPair(std::string &out, std::string_view name, std::string_view value)
{
    out += out.ends_with('{') ? "" : ",";
    appendJsonString(out, name);
    out += ':';
    appendJsonString(out, value);
}

std::int64_t timeOf(pbf_reader message)
{
    std::uint64_t time = 0; // unsigned, because seconds from outside may be any number
    while (message.next()) {
        if (message.tag_and_type() == protozero::tag_and_type(1, pbf_wire_type::varint))
            time += 1'000'000'000 * static_cast<std::uint64_t>(message.get_int64());
        else if (message.tag_and_type() == protozero::tag_and_type(2, pbf_wire_type::varint))
            time += static_cast<std::uint64_t>(message.get_int64());
        else
            message.skip();
    }
    return static_cast<std::int64_t>(time);
}

void appendPair(std::string &out, pbf_reader message)
{
    std::string name;
    std::string value;
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1))
            name = textOf(message);
        else if (message.tag_and_type() == bytesField(2))
            value = textOf(message);
        else
            message.skip();
    }
    appendPair(out, name, value);
}

void appendEntry(std::string &out, pbf_reader message)
{
    std::int64_t time = 0;
    std::string line;
    std::string pairs = "{";
    while (message.next()) {
        if (message.tag_and_type() == bytesField(1))
            time = timeOf(message.get_message());
        else if (message.tag_and_type() == bytesField(2))
            line = textOf(message);
        else if (message.tag_and_type() == bytesField(3))
            appendPair(pairs, message.get_message());
        else
            message.skip();
    }
    out += R"([")" + std::to_string(time) + R"(",)";
    appendJsonString(out, line);
    if (pairs.size() > 1)
        out += ',' + pairs + '}';
    out += ']';
}

void appendStream(std::string &out, pbf_reader message)
{
    pbf_reader entries = message;
    std::string labels = "{";
    while (message.next(1, pbf_wire_type::length_delimited)) {
        for (const auto &[name, value] : parseLabels(textOf(message)).value_or(Labels()))
            appendPair(labels, name, value);
    }
    out += R"({"stream":)" + labels + R"(},"values":[)";
    bool isFirst = true;
    while (entries.next(2, pbf_wire_type::length_delimited)) {
        out += isFirst ? "" : ",";
        isFirst = false;
        appendEntry(out, entries.get_message());
    }
    out += "]}";
}

} // namespace

std::string jsonOfPush(QByteArrayView protobuf)
{
    std::string out = R"({"streams":[)";
    try {
        pbf_reader push(protobuf.data(), static_cast<std::size_t>(protobuf.size()));
        bool isFirst = true;
        while (push.next(1, pbf_wire_type::length_delimited)) {
            out += isFirst ? "" : ",";
            isFirst = false;
            appendStream(out, push.get_message());
        }
    } catch (const protozero::exception &) {
        return out + " (the rest is no valid protobuf)";
    }
    return out + "]}";
}

} // namespace trace::loki
