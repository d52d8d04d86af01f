// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/endpointdialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace trace {

namespace {

Endpoint makeEndpoint()
{
    Endpoint endpoint;
    endpoint.id = u"loki-1"_s;
    endpoint.name = u"Loki"_s;
    endpoint.service = u"grafana"_s;
    endpoint.options.url = QUrl(u"https://loki.example.com/"_s);
    endpoint.options.headers = {{"X-Team", "data"}};
    endpoint.options.own = {{u"tenant"_s, u"north"_s},
                            {u"labels"_s, QJsonObject{{u"team"_s, u"data"_s}}}};
    endpoint.apiKey = u"env:LOKI_TOKEN"_s;
    endpoint.bufferSize = 77;
    endpoint.flushInterval = 1500ms;
    endpoint.timeout = 4s;
    endpoint.maxRetries = 5;
    endpoint.onExhausted = OnExhausted::Park;
    endpoint.maxInFlight = 2;
    return endpoint;
}

template <typename Widget>
Widget *field(const EndpointDialog &dialog, const QString &name)
{
    return dialog.findChild<Widget *>(name);
}

void type(QLineEdit *edit, const QString &text)
{
    edit->selectAll();
    QTest::keyClick(edit, Qt::Key_Delete);
    QTest::keyClicks(edit, text);
}

void pressOk(EndpointDialog &dialog)
{
    auto *ok = dialog.findChild<QDialogButtonBox *>()->button(QDialogButtonBox::Ok);
    QTest::mouseClick(ok, Qt::LeftButton);
}

} // namespace

class TestEndpointDialog final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatItGot();
    void takesANewEndpoint();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void showsReferencesAndHidesKeys();
    void offersTheOptionsOfTheService();
};

void TestEndpointDialog::givesBackWhatItGot()
{
    EndpointDialog dialog(makeEndpoint(), {});
    pressOk(dialog);
    QCOMPARE(dialog.result(), int(QDialog::Accepted));
    QVERIFY(dialog.endpoint() == makeEndpoint());
}

void TestEndpointDialog::takesANewEndpoint()
{
    EndpointDialog dialog(Endpoint{}, {u"Loki"_s});
    auto *service = field<QComboBox>(dialog, u"serviceBox"_s);
    service->setCurrentIndex(service->findData(u"generic"_s));
    type(field<QLineEdit>(dialog, u"nameEdit"_s), u"Archive"_s);
    type(field<QLineEdit>(dialog, u"urlEdit"_s), u"http://localhost:8080/logs"_s);
    type(field<QLineEdit>(dialog, u"apiKeyEdit"_s), u"file:/run/key"_s);
    field<QPlainTextEdit>(dialog, u"headersEdit"_s)->setPlainText(u"X-Team: data\n"_s);
    field<QSpinBox>(dialog, u"bufferSizeBox"_s)->setValue(500);
    field<QDoubleSpinBox>(dialog, u"flushIntervalBox"_s)->setValue(0.25);
    pressOk(dialog);
    QCOMPARE(dialog.result(), int(QDialog::Accepted));
    const Endpoint endpoint = dialog.endpoint();
    QVERIFY(!endpoint.id.isEmpty());
    QCOMPARE(endpoint.name, u"Archive"_s);
    QCOMPARE(endpoint.service, u"generic"_s);
    QCOMPARE(endpoint.options.url, QUrl(u"http://localhost:8080/logs"_s));
    QCOMPARE(endpoint.options.headers, HttpHeaders({{"X-Team", "data"}}));
    QCOMPARE(endpoint.options.own, QJsonObject());
    QCOMPARE(endpoint.apiKey, u"file:/run/key"_s);
    QCOMPARE(endpoint.bufferSize, 500);
    QCOMPARE(endpoint.flushInterval, 250ms);
}

void TestEndpointDialog::saysWhatIsWrong_data()
{
    QTest::addColumn<QString>("edit");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    QTest::newRow("no name") << u"nameEdit"_s << u""_s << u"no name"_s;
    QTest::newRow("a name that another has") << u"nameEdit"_s << u"Archive"_s << u"\"Archive\""_s;
    QTest::newRow("no address") << u"urlEdit"_s << u""_s << u"url"_s;
    QTest::newRow("no http address") << u"urlEdit"_s << u"ftp://x"_s << u"ftp"_s;
    QTest::newRow("labels that are no object")
        << u"option_labels"_s << u"team=data"_s << u"\"team=data\""_s;
}

void TestEndpointDialog::saysWhatIsWrong()
{
    QFETCH(QString, edit);
    QFETCH(QString, text);
    QFETCH(QString, said);
    EndpointDialog dialog(makeEndpoint(), {u"Archive"_s});
    dialog.show();
    auto *problem = field<QLabel>(dialog, u"problemLabel"_s);
    QVERIFY(!problem->isVisible());
    type(field<QLineEdit>(dialog, edit), text);
    pressOk(dialog);
    QVERIFY(dialog.isVisible()); // it stays open
    QVERIFY(problem->isVisible());
    QVERIFY2(problem->text().contains(said, Qt::CaseInsensitive), qPrintable(problem->text()));
    QCOMPARE(problem->textFormat(), Qt::PlainText);

    type(field<QLineEdit>(dialog, edit), u"x"_s); // a change withdraws what was said
    QVERIFY(!problem->isVisible());
}

void TestEndpointDialog::showsReferencesAndHidesKeys()
{
    EndpointDialog dialog(makeEndpoint(), {});
    auto *key = field<QLineEdit>(dialog, u"apiKeyEdit"_s);
    QCOMPARE(key->echoMode(), QLineEdit::Normal);
    type(key, u"s3cr3t"_s);
    QCOMPARE(key->echoMode(), QLineEdit::Password);
    type(key, u"env:TOKEN"_s);
    QCOMPARE(key->echoMode(), QLineEdit::Normal);
}

void TestEndpointDialog::offersTheOptionsOfTheService()
{
    EndpointDialog dialog(makeEndpoint(), {});
    QCOMPARE(field<QLineEdit>(dialog, u"option_tenant"_s)->text(), u"north"_s);
    QCOMPARE(field<QLineEdit>(dialog, u"option_labels"_s)->text(), uR"({"team":"data"})"_s);
    auto *service = field<QComboBox>(dialog, u"serviceBox"_s);
    service->setCurrentIndex(service->findData(u"generic"_s));
    QVERIFY(!field<QLineEdit>(dialog, u"option_tenant"_s));
    auto *shape = field<QComboBox>(dialog, u"option_shape"_s);
    QVERIFY(shape);
    shape->setCurrentIndex(shape->findData(u"ndjson"_s));
    pressOk(dialog);
    QCOMPARE(dialog.result(), int(QDialog::Accepted));
    QCOMPARE(dialog.endpoint().options.own, QJsonObject({{u"shape"_s, u"ndjson"_s}}));
}

} // namespace trace

QTEST_MAIN(trace::TestEndpointDialog)
#include "tst_endpointdialog.moc"
