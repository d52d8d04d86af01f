// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/filter/filter.h"

#include "core/filter/filterparser.h"
#include "core/record/timestamp.h"

namespace trace {

using namespace Qt::StringLiterals;

struct Filter::Program
{
    QString text;
    FilterOptions options;
    FilterNodePtr root; // null: everything
    bool isRelative = false;
};

namespace {

struct Understood
{
    FilterNodePtr root;
    bool isRelative = false;
};

Parsed<Understood> understand(QStringView text, const FilterOptions &options)
{
    if (text.size() > Filter::maxLength)
        return tl::make_unexpected(FilterProblem{
            Filter::maxLength, text.size() - Filter::maxLength, u"the filter is too long"_s,
            u"Use at most %1 characters."_s.arg(Filter::maxLength)});
    FilterBuild build{options, options.now != 0 ? options.now : nowNs()};
    auto root = FilterParser(text, build).parse();
    if (!root)
        return tl::make_unexpected(root.error());
    return Understood{std::move(*root), build.isRelative};
}

} // namespace

Filter::Filter()
{
    static const auto everything = std::make_shared<const Program>();
    m_program = everything;
}

Expected<Filter> Filter::parse(QStringView text, const FilterOptions &options)
{
    auto understood = understand(text, options);
    if (!understood) {
        const FilterProblem &problem = understood.error();
        return fail(u"position %1: %2"_s.arg(QString::number(problem.position + 1), problem.text),
                    problem.action);
    }
    Filter filter;
    filter.m_program = std::make_shared<const Program>(
        Program{text.toString(), options, std::move(understood->root), understood->isRelative});
    return filter;
}

std::optional<FilterProblem> Filter::problemIn(QStringView text, const FilterOptions &options)
{
    const auto understood = understand(text, options);
    return understood ? std::nullopt : std::optional(understood.error());
}

const QString &Filter::text() const
{
    return m_program->text;
}

bool Filter::isEmpty() const
{
    return !m_program->root;
}

bool Filter::matches(const RecordView &record) const
{
    return !m_program->root || m_program->root->matches(record);
}

bool Filter::mayMatch(std::uint8_t levelMask, std::int64_t minTime, std::int64_t maxTime) const
{
    return !m_program->root || m_program->root->mayMatch({levelMask, minTime, maxTime});
}

bool Filter::readsText() const
{
    return m_program->root && m_program->root->readsText();
}

bool Filter::isRelative() const
{
    return m_program->isRelative;
}

Filter Filter::at(std::int64_t now) const
{
    if (!isRelative())
        return *this;
    FilterOptions options = m_program->options;
    options.now = now;
    return parse(m_program->text, options).value_or(*this);
}

} // namespace trace
