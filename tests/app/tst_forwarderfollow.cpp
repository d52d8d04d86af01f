// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/serveprocess.h"

#include <QElapsedTimer>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

using namespace Qt::StringLiterals;
using namespace trace;

// `records --follow`: what others accept is shown as it comes.
class TstForwarderFollow final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsWhatAnotherProcessAccepts_data();
    void showsWhatAnotherProcessAccepts();
    void keepsToTheSelection();
    void startsWithTheNewest();
    void endsWhenNobodyReads_data();
    void endsWhenNobodyReads();
    void endsThoughThePipeIsFull();
    void saysThatTheJournalIsGone();
    void restsWhileNothingComes();
    void needsTheSameMemoryForAMillion_data();
    void needsTheSameMemoryForAMillion();
};

namespace {

//! `records --follow` in a process of its own.
class Following final
{
public:
    Following(const QString &journal, const QStringList &options)
    {
        m_process.start(forwarderProgram, QStringList{u"--journal"_s, journal, u"records"_s,
                                                      u"--follow"_s} +
                                              options);
    }
    ~Following()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    Q_DISABLE_COPY_MOVE(Following)

    [[nodiscard]] QProcess &process() { return m_process; }
    [[nodiscard]] const QByteArray &output() const { return m_output; }
    bool hasShown(const QByteArray &text)
    {
        while (!m_output.contains(text)) {
            if (!m_process.waitForReadyRead(patience))
                return false;
            m_output += m_process.readAllStandardOutput();
        }
        return true;
    }
    //! The exit code of the end that \a signal brings; -1 without one.
    int endBy(int signal)
    {
        ::kill(pid_t(m_process.processId()), signal);
        const bool isOver = m_process.waitForFinished(patience);
        m_output += m_process.readAllStandardOutput();
        return isOver && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    [[nodiscard]] qint64 fromStatus(const QByteArray &key) const
    {
        QFile file(u"/proc/%1/status"_s.arg(m_process.processId()));
        if (!file.open(QIODevice::ReadOnly))
            return -1;
        for (const QByteArray &line : file.readAll().split('\n')) {
            if (line.startsWith(key + ':'))
                return line.mid(key.size() + 1).simplified().split(' ').first().toLongLong();
        }
        return -1;
    }

private:
    QProcess m_process;
    QByteArray m_output;
};

//! A journal of which a `serve` accepts for an endpoint that is not there.
struct Served
{
    Served()
        : serve(folder, ForwarderFolder::to(unusedPort()) + QStringList{u"--timeout"_s, u"0.1"_s})
    {}

    ForwarderFolder folder;
    ServeProcess serve;
};

QByteArray record(const char *message, const char *more = "")
{
    return QByteArray(R"({"message":")") + message + '"' + more + "}\n";
}

} // namespace

void TstForwarderFollow::showsWhatAnotherProcessAccepts_data()
{
    QTest::addColumn<QString>("output");
    QTest::addColumn<int>("signal");
    QTest::newRow("text") << u"text"_s << SIGINT;
    QTest::newRow("json") << u"json"_s << SIGTERM;
    QTest::newRow("csv") << u"csv"_s << SIGINT;
}

void TstForwarderFollow::showsWhatAnotherProcessAccepts()
{
    QFETCH(QString, output);
    QFETCH(int, signal);
    Served served;
    QCOMPARE(served.serve.post(record("before")), 200);
    Following following(served.folder.journal(), {u"--output"_s, output});
    QVERIFY(following.hasShown("before"));
    for (const char *message : {"first", "second"}) {
        QCOMPARE(served.serve.post(record(message)), 200);
        QVERIFY2(following.hasShown(message), following.output().constData());
    }
    // Also what a next process accepts.
    QCOMPARE(served.serve.terminate().code, 4);
    {
        const ServeProcess next(served.folder, ForwarderFolder::to(unusedPort()));
        QCOMPARE(next.post(record("third")), 200);
        QVERIFY2(following.hasShown("third"), following.output().constData());
    }
    QCOMPARE(following.endBy(signal), 0);
    QCOMPARE(following.process().readAllStandardError(), QByteArray());
    for (const char *message : {"before", "first", "second", "third"})
        QCOMPARE(following.output().count(message), 1);
    QCOMPARE(following.output().count("timestamp,"), output == "csv"_L1 ? 1 : 0);
}

void TstForwarderFollow::keepsToTheSelection()
{
    const Served served;
    QCOMPARE(served.serve.post(record("one", R"(,"run_id":"a","level":"error")")), 200);
    Following following(served.folder.journal(), {u"--run"_s, u"a"_s, u"--filter"_s,
                                                  u"level>=warning since:15m"_s, u"--since"_s,
                                                  u"1h"_s});
    QVERIFY(following.hasShown("one"));
    const QByteArray others = record("not mine", R"(,"run_id":"b","level":"error")") +
                              record("too low", R"(,"run_id":"a","level":"info")") +
                              record("old", R"(,"run_id":"a","level":"error","timestamp":9e8)");
    QCOMPARE(served.serve.post(others + record("two", R"(,"run_id":"a","level":"error")")), 200);
    QVERIFY(following.hasShown("two"));
    QCOMPARE(following.endBy(SIGTERM), 0);
    QCOMPARE(following.output().count('\n'), 2);
}

void TstForwarderFollow::startsWithTheNewest()
{
    const Served served;
    const char *run = R"(,"run_id":"a")";
    QCOMPARE(served.serve.post(record("one", run) + record("two", run) + record("three", run)),
             200);
    for (const QStringList &more : {QStringList{}, QStringList{u"--run"_s, u"a"_s}}) {
        Following following(served.folder.journal(), QStringList{u"--limit"_s, u"1"_s} + more);
        QVERIFY(following.hasShown("three"));
        QCOMPARE(served.serve.post(record("four", run) + record("three", run)), 200);
        QVERIFY(following.hasShown("four"));
        QVERIFY(!following.output().contains("two"));
        QCOMPARE(following.endBy(SIGINT), 0);
    }
}

void TstForwarderFollow::endsWhenNobodyReads_data()
{
    QTest::addColumn<bool>("isIdle");
    QTest::newRow("while nothing comes") << true;
    QTest::newRow("while records come") << false;
}

void TstForwarderFollow::endsWhenNobodyReads()
{
    QFETCH(bool, isIdle);
    const Served served;
    QCOMPARE(served.serve.post(record("one")), 200);
    // A process of its own that ends with the first line, as in a shell.
    QProcess shell;
    shell.start(u"bash"_s,
                {u"-c"_s,
                 u"'%1' --journal '%2' records --follow | head -1; "
                 u"echo code ${PIPESTATUS[0]}"_s.arg(forwarderProgram, served.folder.journal())});
    QByteArray output;
    while (!output.contains("one") && shell.waitForReadyRead(patience))
        output += shell.readAllStandardOutput();
    while (!isIdle && shell.state() == QProcess::Running) {
        if (served.serve.post(record("more")) != 200 || shell.waitForFinished(50))
            break;
    }
    QVERIFY(shell.state() == QProcess::NotRunning || shell.waitForFinished(patience));
    output += shell.readAllStandardOutput();
    QVERIFY2(output.contains("code 0\n"), output.constData());
    QCOMPARE(shell.readAllStandardError(), QByteArray());
}

void TstForwarderFollow::endsThoughThePipeIsFull()
{
#ifdef __SANITIZE_THREAD__
    QSKIP("ThreadSanitizer keeps a signal back while a thread writes, here without an end");
#endif
    const Served served;
    QCOMPARE(served.serve.post(recordsFrom(0, 5000)), 200);
    const QString path = served.folder.path(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    const int end = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(end >= 0);
    const int room = ::fcntl(end, F_GETPIPE_SZ);
    QProcess process;
    process.setStandardOutputFile(path);
    process.start(forwarderProgram,
                  {u"--journal"_s, served.folder.journal(), u"records"_s, u"--follow"_s});
    const auto held = [end] {
        int bytes = 0;
        return ::ioctl(end, FIONREAD, &bytes) == 0 ? bytes : 0;
    };
    QTRY_COMPARE(held(), room);
    process.terminate();
    QVERIFY(process.waitForFinished(patience));
    ::close(end);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 0);
}

void TstForwarderFollow::saysThatTheJournalIsGone()
{
    const Served served;
    QCOMPARE(served.serve.post(record("one")), 200);
    Following following(served.folder.journal(), {});
    QVERIFY(following.hasShown("one"));
    const QString file = served.folder.journal() + u"/journal.sqlite"_s;
    QVERIFY(QFile::rename(file, file + u".away"_s));
    QVERIFY(following.process().waitForFinished(patience));
    QCOMPARE(following.process().exitCode(), 1);
    QVERIFY(following.process().readAllStandardError().contains("removed or replaced"));
}

void TstForwarderFollow::restsWhileNothingComes()
{
    const Served served;
    QCOMPARE(served.serve.post(record("one")), 200);
    Following following(served.folder.journal(), {});
    QVERIFY(following.hasShown("one"));
    const qint64 before = following.fromStatus("voluntary_ctxt_switches");
    if (before < 0)
        QSKIP("this system does not tell what a process does");
    QElapsedTimer clock;
    clock.start();
    // It has looked again some times; each is a wait, and few of them fit into a second.
    QTRY_VERIFY(following.fromStatus("voluntary_ctxt_switches") > before + 5);
    const qint64 looks = following.fromStatus("voluntary_ctxt_switches") - before;
    QVERIFY2(looks < clock.elapsed() / 10, QByteArray::number(looks).constData());
    QCOMPARE(following.endBy(SIGINT), 0);
}

void TstForwarderFollow::needsTheSameMemoryForAMillion_data()
{
    QTest::addColumn<QString>("output");
    for (const QString &output : {u"text"_s, u"json"_s, u"csv"_s})
        QTest::newRow(output.toUtf8().constData()) << output;
}

void TstForwarderFollow::needsTheSameMemoryForAMillion()
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    QSKIP("a sanitizer's own memory hides the program's");
#endif
    QFETCH(QString, output);
    static const ForwarderFolder folder;
    constexpr qint64 million = 1'000'000;
    if (!QFile::exists(folder.journal())) {
        const QString file = folder.writeRecords(u"in.ndjson"_s, million);
        QCOMPARE(folder.run(QStringList{u"send"_s} + folder.to(unusedPort()) +
                            QStringList{u"--timeout"_s, u"0"_s, file})
                     .code,
                 4);
    }
    Following following(folder.journal(), {u"--output"_s, output});
    qint64 bytes = 0;
    QByteArray rest;
    while (!rest.contains("record 999999")) {
        QVERIFY(following.process().waitForReadyRead(patience));
        rest = rest.right(100) + following.process().readAllStandardOutput();
        bytes += rest.size();
    }
    const qint64 peak = following.fromStatus("VmHWM") * 1024;
    qInfo("%lld MiB shown, at most %lld MiB of memory", bytes >> 20, peak >> 20);
    if (peak < 0)
        QSKIP("this system does not tell what a process needs");
    QVERIFY(peak < 72 * 1024 * 1024);
    QCOMPARE(following.endBy(SIGINT), 0);
}

QTEST_GUILESS_MAIN(TstForwarderFollow)
#include "tst_forwarderfollow.moc"
