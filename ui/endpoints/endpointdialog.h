// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/endpoint.h"

#include <QDialog>
#include <QStringList>

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QGroupBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;

namespace trace {

class ServiceOptionsForm;

//! Edits a copy of an endpoint. Accepts only what validate() finds right; what is wrong stands in
//! the dialog in words.
class EndpointDialog final : public QDialog
{
    Q_OBJECT
public:
    //! \a taken are the names of the other endpoints. An endpoint without an id is a new one.
    EndpointDialog(const Endpoint &endpoint, QStringList taken, QWidget *parent = nullptr);

    //! After accept: what was entered, with an id.
    [[nodiscard]] Endpoint endpoint() const { return m_endpoint; }

    void accept() override;

private:
    void createFields();
    [[nodiscard]] QGroupBox *destinationGroup();
    [[nodiscard]] QGroupBox *deliveryGroup();
    [[nodiscard]] QGroupBox *optionsGroup();
    void connectFields();
    void fill();
    [[nodiscard]] Expected<Endpoint> entered() const;
    [[nodiscard]] Expected<HttpHeaders> enteredHeaders() const;
    void updateEcho();
    void showProblem(const Error &problem);
    void clearProblem();

    Endpoint m_endpoint;
    QStringList m_taken;
    QLineEdit *m_name;
    QComboBox *m_service;
    QLineEdit *m_url;
    QLineEdit *m_apiKey;
    QCheckBox *m_enabled;
    QSpinBox *m_bufferSize;
    QDoubleSpinBox *m_flushInterval;
    QDoubleSpinBox *m_timeout;
    QSpinBox *m_maxRetries;
    QComboBox *m_onExhausted;
    QSpinBox *m_maxInFlight;
    QComboBox *m_compression;
    QPlainTextEdit *m_headers;
    ServiceOptionsForm *m_options;
    QGroupBox *m_optionsGroup = nullptr;
    QLabel *m_problemIcon;
    QLabel *m_problem;
};

} // namespace trace
