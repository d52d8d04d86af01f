// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QString>

namespace trace {

//! Disk space that is set aside for hard times: a file that really occupies it.
class ReserveFile final
{
public:
    //! Nothing is made yet; a file that is already there counts.
    ReserveFile(QString path, qint64 bytes);

    //! Makes the file where it is not there; false when there is no space for it.
    [[nodiscard]] bool make();
    //! Gives the space back; false when there was none.
    bool release();

private:
    QString m_path;
    qint64 m_bytes;
};

} // namespace trace
