// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/endpoints/endpointdialog.h"

#include "core/config/secret.h"
#include "core/service/service.h"
#include "ui/endpoints/serviceoptionsform.h"
#include "ui/look/look.h"
#include "ui/look/text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSpinBox>
#include <QUuid>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;
using namespace std::chrono;

namespace trace {

namespace {

QString serviceTitle(const QString &name)
{
    if (name == "grafana"_L1)
        return u"Grafana Loki"_s;
    if (name == "generic"_L1)
        return EndpointDialog::tr("REST endpoint");
    return name;
}

QDoubleSpinBox *secondsBox(QWidget *parent, const QString &name, double least, double most)
{
    auto *box = new QDoubleSpinBox(parent);
    box->setObjectName(name);
    box->setRange(least, most);
    box->setDecimals(2);
    box->setSuffix(EndpointDialog::tr(" s", "seconds, behind a number"));
    return box;
}

QSpinBox *countBox(QWidget *parent, const QString &name, int least, int most)
{
    auto *box = new QSpinBox(parent);
    box->setObjectName(name);
    box->setRange(least, most);
    return box;
}

milliseconds fromSeconds(double s)
{
    return milliseconds(qRound64(s * 1000));
}

} // namespace

EndpointDialog::EndpointDialog(const Endpoint &endpoint, QStringList taken, QWidget *parent)
    : QDialog(parent)
    , m_endpoint(endpoint)
    , m_taken(std::move(taken))
{
    setObjectName(u"endpointDialog"_s);
    setWindowTitle(endpoint.id.isEmpty() ? tr("Add an endpoint") : tr("Edit an endpoint"));
    createFields();

    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    connect(buttons, &QDialogButtonBox::accepted, this, &EndpointDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &EndpointDialog::reject);

    auto *problemLine = new QHBoxLayout;
    problemLine->addWidget(m_problemIcon, 0, Qt::AlignTop);
    problemLine->addWidget(m_problem, 1);
    m_optionsGroup = optionsGroup();
    auto *layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    layout->addWidget(destinationGroup());
    layout->addWidget(m_optionsGroup);
    layout->addWidget(deliveryGroup());
    layout->addLayout(problemLine);
    layout->addWidget(buttons);
    setMinimumWidth(680);
    fill();
    connectFields();
    clearProblem();
}

void EndpointDialog::createFields()
{
    m_name = new QLineEdit(this);
    m_name->setObjectName(u"nameEdit"_s);
    m_service = new QComboBox(this);
    m_service->setObjectName(u"serviceBox"_s);
    for (const QString &name : serviceNames())
        m_service->addItem(serviceTitle(name), name);
    m_url = new QLineEdit(this);
    m_url->setObjectName(u"urlEdit"_s);
    m_url->setPlaceholderText(u"https://logs.example.com"_s);
    m_apiKey = new QLineEdit(this);
    m_apiKey->setObjectName(u"apiKeyEdit"_s);
    m_apiKey->setPlaceholderText(u"env:LOKI_TOKEN"_s);
    m_enabled = new QCheckBox(tr("Send to this endpoint"), this);
    m_enabled->setObjectName(u"enabledBox"_s);
    m_bufferSize = countBox(this, u"bufferSizeBox"_s, 1, 100'000);
    m_bufferSize->setSuffix(tr(" records", "behind a number"));
    m_flushInterval = secondsBox(this, u"flushIntervalBox"_s, 0.05, 3600);
    m_timeout = secondsBox(this, u"timeoutBox"_s, 0.1, 600);
    m_maxRetries = countBox(this, u"maxRetriesBox"_s, 0, 100);
    m_onExhausted = new QComboBox(this);
    m_onExhausted->setObjectName(u"onExhaustedBox"_s);
    m_onExhausted->addItem(tr("Keep the batch and try again later"), int(OnExhausted::Hold));
    m_onExhausted->addItem(tr("Make it a failed batch"), int(OnExhausted::Park));
    m_maxInFlight = countBox(this, u"maxInFlightBox"_s, 1, 4);
    m_compression = new QComboBox(this);
    m_compression->setObjectName(u"compressionBox"_s);
    m_compression->addItem(tr("The service's default"), QString());
    for (const QString &name : {u"none"_s, u"gzip"_s, u"snappy"_s, u"zstd"_s})
        m_compression->addItem(name, name);
    m_headers = new QPlainTextEdit(this);
    m_headers->setObjectName(u"headersEdit"_s);
    m_headers->setPlaceholderText(tr("One per line: Name: value"));
    m_headers->setTabChangesFocus(true);
    m_headers->setFixedHeight(fontMetrics().height() * 3 + 12);
    m_options = new ServiceOptionsForm(this);
    m_problemIcon = new QLabel(this);
    m_problem = new QLabel(this);
    m_problem->setObjectName(u"problemLabel"_s);
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
}

QGroupBox *EndpointDialog::destinationGroup()
{
    auto *group = new QGroupBox(tr("Destination"), this);
    auto *form = new QFormLayout(group);
    auto *hint = new QLabel(tr("env:NAME or file:/path; a key written here is stored in the "
                               "configuration file."),
                            group);
    form->addRow(tr("&Name:"), m_name);
    form->addRow(tr("&Service:"), m_service);
    form->addRow(tr("&Address:"), m_url);
    form->addRow(tr("API &key:"), m_apiKey);
    form->addRow(QString(), hint);
    form->addRow(tr("&Headers:"), m_headers);
    form->addRow(QString(), m_enabled);
    return group;
}

QGroupBox *EndpointDialog::optionsGroup()
{
    auto *group = new QGroupBox(tr("Options of the service"), this);
    auto *layout = new QVBoxLayout(group);
    layout->addWidget(m_options);
    return group;
}

QGroupBox *EndpointDialog::deliveryGroup()
{
    auto *group = new QGroupBox(tr("Delivery"), this);
    auto *grid = new QGridLayout(group);
    int cell = 0;
    const auto add = [&](const QString &text, QWidget *field) {
        auto *label = new QLabel(text, group);
        label->setBuddy(field);
        const int row = cell / 2;
        const int column = cell % 2 * 3;
        grid->addWidget(label, row, column);
        grid->addWidget(field, row, column + 1);
        ++cell;
    };
    add(tr("&Buffer size:"), m_bufferSize);
    add(tr("&Time-out:"), m_timeout);
    add(tr("&Flush interval:"), m_flushInterval);
    add(tr("&Requests per batch:"), m_maxRetries);
    add(tr("&In flight at once:"), m_maxInFlight);
    add(tr("&Compression:"), m_compression);
    auto *label = new QLabel(tr("When they are &used up:"), group);
    label->setBuddy(m_onExhausted);
    grid->addWidget(label, 3, 0);
    grid->addWidget(m_onExhausted, 3, 1, 1, 4);
    grid->setColumnStretch(1, 1);
    grid->setColumnStretch(4, 1);
    grid->setColumnMinimumWidth(2, 12);
    return group;
}

void EndpointDialog::connectFields()
{
    const auto clear = [this] { clearProblem(); };
    for (QLineEdit *edit : {m_name, m_url, m_apiKey})
        connect(edit, &QLineEdit::textChanged, this, clear);
    connect(m_headers, &QPlainTextEdit::textChanged, this, clear);
    connect(m_options, &ServiceOptionsForm::edited, this, clear);
    connect(m_compression, &QComboBox::currentIndexChanged, this, clear);
    connect(m_apiKey, &QLineEdit::textChanged, this, &EndpointDialog::updateEcho);
    connect(m_service, &QComboBox::currentIndexChanged, this, [this] {
        const QString service = m_service->currentData().toString();
        m_options->setService(service, service == m_endpoint.service ? m_endpoint.options.own
                                                                     : QJsonObject());
        clearProblem();
    });
}

void EndpointDialog::fill()
{
    const Endpoint &from = m_endpoint;
    m_name->setText(from.name);
    if (m_service->findData(from.service) < 0 && !from.service.isEmpty())
        m_service->addItem(from.service, from.service);
    if (!from.service.isEmpty())
        m_service->setCurrentIndex(m_service->findData(from.service));
    m_url->setText(from.options.url.toString());
    m_apiKey->setText(from.apiKey);
    m_enabled->setChecked(from.enabled);
    m_bufferSize->setValue(from.bufferSize);
    m_flushInterval->setValue(double(from.flushInterval.count()) / 1000);
    m_timeout->setValue(double(from.timeout.count()) / 1000);
    m_maxRetries->setValue(from.maxRetries);
    m_onExhausted->setCurrentIndex(m_onExhausted->findData(int(from.onExhausted)));
    m_maxInFlight->setValue(from.maxInFlight);
    if (m_compression->findData(from.options.compression) < 0)
        m_compression->addItem(from.options.compression, from.options.compression);
    m_compression->setCurrentIndex(m_compression->findData(from.options.compression));
    QStringList lines;
    for (const auto &[name, value] : from.options.headers)
        lines.append(QString::fromLatin1(name) + u": "_s + QString::fromLatin1(value));
    m_headers->setPlainText(lines.join(u'\n'));
    m_options->setService(m_service->currentData().toString(), from.options.own);
    updateEcho();
}

void EndpointDialog::updateEcho()
{
    const QString key = m_apiKey->text();
    const bool plain = key.isEmpty() || isSecretReference(key);
    m_apiKey->setEchoMode(plain ? QLineEdit::Normal : QLineEdit::Password);
}

Expected<HttpHeaders> EndpointDialog::enteredHeaders() const
{
    HttpHeaders headers;
    for (const QString &line : m_headers->toPlainText().split(u'\n', Qt::SkipEmptyParts)) {
        const qsizetype colon = line.indexOf(u':');
        if (colon <= 0)
            return fail(tr("The header \"%1\" has no name with a colon.").arg(visibleLine(line)),
                        tr("Write it like X-Team: data."));
        headers.emplaceBack(line.left(colon).trimmed().toLatin1(),
                            line.mid(colon + 1).trimmed().toLatin1());
    }
    return headers;
}

Expected<Endpoint> EndpointDialog::entered() const
{
    Endpoint entered = m_endpoint;
    if (entered.id.isEmpty())
        entered.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    entered.name = m_name->text().trimmed();
    entered.service = m_service->currentData().toString();
    entered.options.url = QUrl(m_url->text().trimmed(), QUrl::StrictMode);
    entered.options.compression = m_compression->currentData().toString();
    entered.apiKey = m_apiKey->text().trimmed();
    entered.enabled = m_enabled->isChecked();
    entered.bufferSize = m_bufferSize->value();
    entered.flushInterval = fromSeconds(m_flushInterval->value());
    entered.timeout = fromSeconds(m_timeout->value());
    entered.maxRetries = m_maxRetries->value();
    entered.onExhausted = OnExhausted(m_onExhausted->currentData().toInt());
    entered.maxInFlight = m_maxInFlight->value();
    if (entered.name.isEmpty())
        return fail(tr("The endpoint has no name."));
    if (m_taken.contains(entered.name))
        return fail(tr("Another endpoint has the name \"%1\".").arg(entered.name));
    const auto headers = enteredHeaders();
    if (!headers)
        return tl::make_unexpected(headers.error());
    entered.options.headers = *headers;
    const auto options = m_options->options();
    if (!options)
        return tl::make_unexpected(options.error());
    entered.options.own = *options;
    if (const auto right = validate(entered); !right)
        return tl::make_unexpected(right.error());
    return entered;
}

void EndpointDialog::accept()
{
    const auto result = entered();
    if (!result) {
        showProblem(result.error());
        return;
    }
    m_endpoint = *result;
    QDialog::accept();
}

void EndpointDialog::showProblem(const Error &problem)
{
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, colors));
    m_problem->setPalette(colors);
    m_problem->setText(visibleText(
        problem.action.isEmpty() ? problem.text : problem.text + u'\n' + problem.action));
    m_problemIcon->setPixmap(levelIcon(Level::Error).pixmap(16, 16));
    m_problem->setAccessibleDescription(m_problem->text());
    m_problem->show();
    m_problemIcon->show();
    adjustSize(); // the fields keep their room
}

void EndpointDialog::clearProblem()
{
    m_problem->clear();
    m_problem->hide();
    m_problemIcon->hide();
}

} // namespace trace
