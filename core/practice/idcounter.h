// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QSet>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! Finds out which of a series of numbered records arrived, and which more than once.
class IdCounter final
{
public:
    //! Ids are the integers under \a key in the records' metadata.
    explicit IdCounter(const QByteArray &key);

    //! \a metadata is a JSON object as text, minified.
    void add(std::string_view metadata);

    //! {"distinct", "minimum", "maximum", "missing", "duplicates"}; minimum and maximum are null
    //! where there is no id, missing are those between them.
    [[nodiscard]] QByteArray toJson() const;

private:
    [[nodiscard]] std::optional<std::int64_t> idIn(std::string_view metadata) const;

    const std::string m_key;          //!< With quotes and colon, as it stands in the text.
    std::vector<std::uint8_t> m_seen; //!< For ids from 0 to 50 million.
    QSet<std::int64_t> m_seenElsewhere;
    std::int64_t m_distinct = 0;
    std::int64_t m_duplicates = 0;
    std::int64_t m_minimum = 0;
    std::int64_t m_maximum = 0;
};

} // namespace trace
