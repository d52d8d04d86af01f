// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/cloudwatch/nametemplate.h"

#include <QStringList>

#include <algorithm>

namespace trace::cloudwatch {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t maxNameLength = 512;
constexpr std::string_view reservedPrefix = "aws/";

bool isAllowed(char c, NameKind kind)
{
    if (kind == NameKind::Stream)
        return c != ':' && c != '*';
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_/#").find(c) != std::string_view::npos;
}

bool isContinuation(char c)
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

//! One `-` for each character that is not allowed, of however many bytes.
void appendAllowed(std::string &out, std::string_view text, NameKind kind)
{
    bool isReplaced = false;
    for (const char c : text) {
        if (isContinuation(c) && isReplaced)
            continue;
        isReplaced = !isAllowed(c, kind);
        out += isReplaced ? '-' : c;
    }
}

//! AWS counts a character beyond U+FFFF twice.
void cut(std::string &name)
{
    std::size_t units = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (isContinuation(name[i]))
            continue;
        units += static_cast<unsigned char>(name[i]) >= 0xF0 ? 2 : 1;
        if (units > maxNameLength) {
            name.resize(i);
            return;
        }
    }
}

QString fieldList()
{
    QStringList names;
    for (const auto &field : contextFields)
        names.append(u'{' + QString::fromUtf8(field.name.data(), qsizetype(field.name.size())) +
                     u'}');
    return u"use "_s + names.join(u", "_s);
}

Expected<void> checkLiteral(const QString &option, const std::string &text, NameKind kind)
{
    std::string allowed;
    appendAllowed(allowed, text, kind);
    if (allowed == text)
        return {};
    return fail(
        u"%1: \"%2\" has characters that AWS refuses"_s.arg(option, QString::fromStdString(text)),
        kind == NameKind::Group ? u"use letters, digits and .-_/#"_s : u"leave out : and *"_s);
}

} // namespace

Expected<NameTemplate> NameTemplate::parse(const QString &option, const QString &text,
                                           NameKind kind)
{
    NameTemplate result;
    result.m_kind = kind;
    std::string rest = text.toStdString();
    if (rest.empty())
        return fail(option + u": empty"_s, u"write a name, with fields such as {run_id}"_s);
    if (kind == NameKind::Group && rest.starts_with(reservedPrefix))
        return fail(option + u": begins with aws/"_s, u"AWS keeps such names for itself"_s);
    while (!rest.empty()) {
        const std::size_t brace = std::min(rest.find_first_of("{}"), rest.size());
        if (brace > 0) {
            result.m_parts.push_back({rest.substr(0, brace), nullptr});
            if (const auto checked = checkLiteral(option, result.m_parts.back().text, kind);
                !checked)
                return tl::make_unexpected(checked.error());
        }
        if (brace == rest.size())
            break;
        const std::size_t end = rest.find('}');
        if (rest[brace] == '}' || end == std::string::npos)
            return fail(u"%1: a brace stands alone in \"%2\""_s.arg(option, text), fieldList());
        const std::string name = rest.substr(brace + 1, end - brace - 1);
        const auto *const field =
            std::find_if(contextFields.begin(), contextFields.end(),
                         [&](const auto &candidate) { return candidate.name == name; });
        if (field == contextFields.end())
            return fail(u"%1: unknown field {%2}"_s.arg(option, QString::fromStdString(name)),
                        fieldList());
        result.m_parts.push_back({{}, field->member});
        rest.erase(0, end + 1);
    }
    return result;
}

std::string NameTemplate::render(const RunContext &context) const
{
    std::string name;
    for (const Part &part : m_parts) {
        if (!part.field)
            name += part.text;
        else if ((context.*part.field).empty())
            name += "unknown";
        else
            appendAllowed(name, context.*part.field, m_kind);
    }
    if (m_kind == NameKind::Group && name.starts_with(reservedPrefix))
        name[reservedPrefix.size() - 1] = '-';
    cut(name);
    return name;
}

} // namespace trace::cloudwatch
