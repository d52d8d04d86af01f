// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/filter/filterlookup.h"
#include "core/platform/error.h"

#include <QTimeZone>

#include <memory>
#include <optional>

namespace trace {

//! With what a filter is understood.
struct FilterOptions
{
    QTimeZone zone = QTimeZone::utc(); //!< Of times without one of their own.
    std::int64_t now = 0;              //!< For `since:15m`, ns since the epoch; 0: the clock.
    bool isSmartCase = false;          //!< A word with a capital letter is meant as it is written.
    //! Without one, what it would have to tell is refused: is, dest, batch and root.
    std::shared_ptr<const FilterLookup> lookup{};
};

//! Why a text is no filter, for an editor that marks the place.
struct FilterProblem
{
    qsizetype position = 0; //!< In UTF-16 units from 0; the place may be the end of the text.
    qsizetype length = 0;   //!< 0 at the end.
    QString text{};         //!< What was found.
    QString action{};       //!< What is allowed.

    friend bool operator==(const FilterProblem &, const FilterProblem &) = default;
};

//! A condition on records in the filter language: `level>=warning run:etl-* "disk full" -job:x`.
//! A value: copies share what was parsed; may be used by many threads at once.
class Filter final
{
public:
    //! Longest text and deepest nesting that is read.
    static constexpr qsizetype maxLength = 10'000;
    static constexpr int maxDepth = 100;

    //! Matches every record, as an empty text does.
    Filter();

    //! The error names position (from 1), what was found and what is allowed.
    [[nodiscard]] static Expected<Filter> parse(QStringView text,
                                                const FilterOptions &options = {});
    //! Nothing for a good filter.
    [[nodiscard]] static std::optional<FilterProblem> problemIn(QStringView text,
                                                                const FilterOptions &options = {});

    [[nodiscard]] const QString &text() const;
    //! Whether it matches every record because it asks for nothing.
    [[nodiscard]] bool isEmpty() const;

    [[nodiscard]] bool matches(const RecordView &record) const;
    //! False only when no record of such a block matches. Bit n of \a levelMask is set when a
    //! record of Level n is inside; times are in ns since the epoch.
    [[nodiscard]] bool mayMatch(std::uint8_t levelMask, std::int64_t minTime,
                                std::int64_t maxTime) const;
    //! Whether matches() needs message, exception message or stack trace; else a block that was
    //! opened with RecordBlockReader::Parts::Fields is enough.
    [[nodiscard]] bool readsText() const;

    //! Whether it has times that move with the clock, such as `since:15m`.
    [[nodiscard]] bool isRelative() const;
    //! The same filter with such times counted from \a now.
    [[nodiscard]] Filter at(std::int64_t now) const;

    //! By text.
    friend bool operator==(const Filter &a, const Filter &b) { return a.text() == b.text(); }

private:
    struct Program;

    std::shared_ptr<const Program> m_program; // never null
};

} // namespace trace

Q_DECLARE_METATYPE(trace::Filter)
