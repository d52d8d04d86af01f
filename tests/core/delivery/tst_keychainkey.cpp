// SPDX-License-Identifier: GPL-3.0-or-later
// A key that lies in the desktop's keychain and is changed there.
#include "core/config/keychain.h"
#include "core/delivery/sender.h"
#include "core/delivery/transport.h"
#include "tests/core/delivery/answerserver.h"
#include "tests/core/journal/journalsupport.h"
#include "tests/support/patience.h"

#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace trace;
using namespace Qt::StringLiterals;

class TestKeychainKey : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void whatChangedThereIsUsedAtOnce();
    void whatIsTheSameStaysRefused();

private:
    // One record for a server that takes the key "new" only. The keychain gives one key after the
    // other, the last one again and again.
    void send(QByteArrayList keys)
    {
        m_server = std::make_unique<AnswerServer>(u"generic"_s, [](const SeenRequest &seen) {
            const QByteArray key = headerValue(seen.request.headers, "Authorization");
            return key.endsWith("new") ? std::nullopt : std::optional(Answer{401, "its words"});
        });
        m_fetches = 0;
        m_keychain = std::make_unique<Keychain>(
            [this, keys](Keychain &, const QString &, const QString &, Keychain::Answer answer) {
                const QByteArray key = keys.value(m_fetches++, keys.last());
                QTimer::singleShot(0, this, [answer, key] { answer(key); });
            });
        Endpoint endpoint = m_server->endpoint(1);
        endpoint.apiKey = u"keychain:trace/key"_s;
        m_temp = std::make_unique<QTemporaryDir>();
        m_journal = Journal::open(m_temp->filePath(u"journal"_s)).value();
        m_planner = std::make_unique<BatchPlanner>(m_journal->folder(), m_journal->freshBlocks());
        m_transport = std::make_unique<Transport>();
        const qint64 id = enrol(*m_journal, endpoint.id);
        m_sender = std::make_unique<Sender>(
            SenderParts{*m_journal, *m_planner, *m_transport, *m_keychain},
            BacklogStart{.row = endpointRow(m_journal->folder(), id), .unsettled = {}}, endpoint);
        QCOMPARE(append(*m_journal, blockOf(recordsOf(1)), {id}), QString());
        m_sender->recordsCommitted({1, 1});
    }
    void end()
    {
        m_journal->syncMarks(); // its answers go to the sender
        m_sender.reset();
    }

    std::unique_ptr<AnswerServer> m_server;
    std::unique_ptr<Keychain> m_keychain;
    int m_fetches = 0;
    std::unique_ptr<QTemporaryDir> m_temp;
    std::unique_ptr<Journal> m_journal;
    std::unique_ptr<BatchPlanner> m_planner;
    std::unique_ptr<Transport> m_transport;
    std::unique_ptr<Sender> m_sender;
};

void TestKeychainKey::whatChangedThereIsUsedAtOnce()
{
    send({"old", "new"});
    QTRY_COMPARE(m_sender->status().ledger.delivered, 1);
    QCOMPARE(m_server->pushes.size(), 2);
    QCOMPARE(m_fetches, 2);
    end();
}

void TestKeychainKey::whatIsTheSameStaysRefused()
{
    send({"old"});
    QTRY_COMPARE(m_sender->status().state, SenderState::HeldAuthentication);
    QTRY_COMPARE(m_fetches, 2);
    QTRY_VERIFY(!m_keychain->isAwaited(u"keychain:trace/key"_s));
    QCOMPARE(m_sender->status().state, SenderState::HeldAuthentication);
    QCOMPARE(m_server->pushes.size(), 1);
    QCOMPARE(m_sender->status().ledger.waiting, 1);
    end();
}

QTEST_GUILESS_MAIN(TestKeychainKey)
#include "tst_keychainkey.moc"
