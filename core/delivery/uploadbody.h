// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QIODevice>

#include <algorithm>
#include <cstring>

namespace trace {

//! A body that is read once. Qt would send it again by itself, up to three times and without a
//! word, when the connection breaks.
class UploadBody final : public QIODevice
{
public:
    UploadBody(QByteArray bytes, bool mayRepeat, QObject *parent)
        : QIODevice(parent)
        , m_bytes(std::move(bytes))
        , m_mayRepeat(mayRepeat)
    {
        open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    }
    [[nodiscard]] qint64 size() const override { return m_bytes.size(); }
    bool seek(qint64 place) override
    {
        if (m_wasRead && !m_mayRepeat)
            return false;
        m_place = place;
        return QIODevice::seek(place);
    }

protected:
    qint64 readData(char *data, qint64 most) override
    {
        m_wasRead = true;
        const qint64 length = std::min<qint64>(most, m_bytes.size() - m_place);
        std::memcpy(data, m_bytes.constData() + m_place, std::size_t(length));
        m_place += length;
        return length;
    }
    qint64 writeData(const char *, qint64) override { return -1; }

private:
    const QByteArray m_bytes;
    const bool m_mayRepeat;
    bool m_wasRead = false;
    qint64 m_place = 0;
};

} // namespace trace
