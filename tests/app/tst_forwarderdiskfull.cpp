// SPDX-License-Identifier: GPL-3.0-or-later
// What the program does for others while its own disk is full.
#include "tests/app/forwarderprocess.h"
#include "tests/support/patience.h"
#include "tests/support/smalldisk.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;
using namespace trace;

class TstForwarderDiskFull final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void runHoldsNoCommandUp();
};

void TstForwarderDiskFull::init()
{
    const SmallDisk probe(1);
    if (!SmallDisk::whyNot().isEmpty())
        QSKIP(qPrintable(u"no disk to fill up: "_s + SmallDisk::whyNot()));
}

// The command prints more than fits on the disk and in memory; all of it comes through.
void TstForwarderDiskFull::runHoldsNoCommandUp()
{
    const SmallDisk disk(30);
    const ForwarderFolder folder;
    constexpr qint64 bytes = 60'000'000;
    const CommandResult run =
        runForwarder({u"--config"_s, folder.path(u"config"_s), u"--journal"_s,
                      disk.path() + u"/journal"_s, u"run"_s, u"--"_s, u"sh"_s, u"-c"_s,
                      u"head -c %1 /dev/urandom | base64 -w 200; exit 3"_s.arg(bytes * 3 / 4)});
    QCOMPARE(run.code, 3);
    QVERIFY(run.output.size() >= bytes);
    QVERIFY2(run.errors.contains("disk is full"), run.errors.left(2000).constData());
    QVERIFY2(run.errors.contains("record(s) could not be written to the journal"),
             run.errors.left(2000).constData());
    QVERIFY2(run.errors.count('\n') < 20, run.errors.left(2000).constData());
}

int main(int argc, char *argv[])
{
    SmallDisk::prepare();
    QCoreApplication app(argc, argv);
    TstForwarderDiskFull test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_forwarderdiskfull.moc"
