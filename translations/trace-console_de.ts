<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>main</name>
        <message>
            <source>Watch the logs of workflow runs and forward them.</source>
            <translation>Protokolle von Workflow-Läufen ansehen und weiterleiten.</translation>
        </message>
        <message>
            <source>Keep records in this folder.</source>
            <translation>Einträge in diesem Ordner aufbewahren.</translation>
        </message>
        <message>
            <source>Read the endpoints from this folder.</source>
            <translation>Endpunkte aus diesem Ordner lesen.</translation>
        </message>
        <message>
            <source>Show a demonstration that needs no service; nothing of it is kept.</source>
            <translation>Eine Vorführung zeigen, die keinen Dienst braucht; nichts davon wird aufbewahrt.</translation>
        </message>
        <message>
            <source>With --demo: save a picture of the window and exit.</source>
            <translation>Mit --demo: ein Bild des Fensters speichern und beenden.</translation>
        </message>
        <message>
            <source>--screenshot needs --demo.</source>
            <translation>--screenshot braucht --demo.</translation>
        </message>
        <message>
            <source>&amp;Demo</source>
            <translation>&amp;Vorführung</translation>
        </message>
        <message>
            <source>&amp;Practice endpoint accepts all records</source>
            <translation>Ü&amp;bungsendpunkt nimmt alle Einträge an</translation>
        </message>
    </context>
    <context>
        <name>trace::EndpointDialog</name>
        <message>
            <source>REST endpoint</source>
            <translation>REST-Endpunkt</translation>
        </message>
        <message>
            <source> s</source>
            <comment>seconds, behind a number</comment>
            <translation> s</translation>
        </message>
        <message>
            <source>Add an endpoint</source>
            <translation>Endpunkt hinzufügen</translation>
        </message>
        <message>
            <source>Edit an endpoint</source>
            <translation>Endpunkt bearbeiten</translation>
        </message>
        <message>
            <source>Send to this endpoint</source>
            <translation>An diesen Endpunkt senden</translation>
        </message>
        <message>
            <source> records</source>
            <comment>behind a number</comment>
            <translation> Einträge</translation>
        </message>
        <message>
            <source>Keep the batch and try again later</source>
            <translation>Paket behalten und später erneut versuchen</translation>
        </message>
        <message>
            <source>Make it a failed batch</source>
            <translation>Als fehlgeschlagenes Paket ablegen</translation>
        </message>
        <message>
            <source>The service's default</source>
            <translation>Vorgabe des Dienstes</translation>
        </message>
        <message>
            <source>One per line: Name: value</source>
            <translation>Einer je Zeile: Name: Wert</translation>
        </message>
        <message>
            <source>Destination</source>
            <translation>Ziel</translation>
        </message>
        <message>
            <source>&amp;Name:</source>
            <translation>&amp;Name:</translation>
        </message>
        <message>
            <source>&amp;Service:</source>
            <translation>&amp;Dienst:</translation>
        </message>
        <message>
            <source>&amp;Address:</source>
            <translation>&amp;Adresse:</translation>
        </message>
        <message>
            <source>API &amp;key:</source>
            <translation>API-&amp;Schlüssel:</translation>
        </message>
        <message>
            <source>&amp;Headers:</source>
            <translation>&amp;Kopfzeilen:</translation>
        </message>
        <message>
            <source>Options of the service</source>
            <translation>Einstellungen des Dienstes</translation>
        </message>
        <message>
            <source>Delivery</source>
            <translation>Zustellung</translation>
        </message>
        <message>
            <source>&amp;Buffer size:</source>
            <translation>&amp;Puffergröße:</translation>
        </message>
        <message>
            <source>&amp;Time-out:</source>
            <translation>&amp;Zeitlimit:</translation>
        </message>
        <message>
            <source>&amp;Flush interval:</source>
            <translation>Sende&amp;abstand:</translation>
        </message>
        <message>
            <source>&amp;Requests per batch:</source>
            <translation>An&amp;fragen je Paket:</translation>
        </message>
        <message>
            <source>&amp;In flight at once:</source>
            <translation>&amp;Gleichzeitig unterwegs:</translation>
        </message>
        <message>
            <source>&amp;Compression:</source>
            <translation>&amp;Komprimierung:</translation>
        </message>
        <message>
            <source>When they are &amp;used up:</source>
            <translation>&amp;Wenn sie verbraucht sind:</translation>
        </message>
        <message>
            <source>The header "%1" has no name with a colon.</source>
            <translation>Die Kopfzeile „%1“ hat keinen Namen mit Doppelpunkt.</translation>
        </message>
        <message>
            <source>Write it like X-Team: data.</source>
            <translation>Schreiben Sie etwa X-Team: data.</translation>
        </message>
        <message>
            <source>The endpoint has no name.</source>
            <translation>Der Endpunkt hat keinen Namen.</translation>
        </message>
        <message>
            <source>Another endpoint has the name "%1".</source>
            <translation>Ein anderer Endpunkt heißt schon „%1“.</translation>
        </message>
        <message>
            <source>env:NAME or file:/path; a key written here is stored in the configuration file.</source>
            <translation>env:NAME oder file:/pfad; ein Schlüssel hier steht in der Konfigurationsdatei.</translation>
        </message>
    </context>
    <context>
        <name>trace::EndpointModel</name>
        <message>
            <source>accepted %1 = delivered %2 + waiting %3 + in flight %4 + failed %5 + discarded %6</source>
            <translation>angenommen %1 = zugestellt %2 + wartend %3 + unterwegs %4 + fehlgeschlagen %5 + verworfen %6</translation>
        </message>
        <message>
            <source>balances</source>
            <translation>geht auf</translation>
        </message>
        <message>
            <source>does not balance by %1</source>
            <translation>geht um %1 nicht auf</translation>
        </message>
        <message>
        <source>the server&apos;s certificate is not verified</source>
        <translation>das Zertifikat des Servers wird nicht geprüft</translation>
    </message>
    <message>
            <source>next attempt %1</source>
            <translation>nächster Versuch %1</translation>
        </message>
        <message>
            <source>Endpoint</source>
            <translation>Endpunkt</translation>
        </message>
        <message>
            <source>Service</source>
            <translation>Dienst</translation>
        </message>
        <message>
            <source>State</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>Wartend</translation>
        </message>
        <message>
            <source>In flight</source>
            <translation>Unterwegs</translation>
        </message>
        <message>
            <source>Delivered</source>
            <translation>Zugestellt</translation>
        </message>
        <message>
            <source>Failed</source>
            <translation>Fehler</translation>
        </message>
        <message>
            <source>Discarded</source>
            <translation>Verworfen</translation>
        </message>
        <message>
            <source>Records/s</source>
            <translation>Einträge/s</translation>
        </message>
        <message>
            <source>Retries</source>
            <translation>Wiederh.</translation>
        </message>
        <message>
            <source>Latency ms</source>
            <translation>Antwort ms</translation>
        </message>
        <message>
            <source>Problem and what to do</source>
            <translation>Problem und Abhilfe</translation>
        </message>
    </context>
    <context>
        <name>trace::EndpointsView</name>
        <message>
            <source>Endpoints</source>
            <translation>Endpunkte</translation>
        </message>
        <message>
            <source>Retry now</source>
            <translation>Jetzt versuchen</translation>
        </message>
        <message>
            <source>Pause</source>
            <translation>Anhalten</translation>
        </message>
        <message>
            <source>Add…</source>
            <translation>Hinzufügen…</translation>
        </message>
        <message>
            <source>Edit…</source>
            <translation>Bearbeiten…</translation>
        </message>
        <message>
            <source>Remove…</source>
            <translation>Entfernen…</translation>
        </message>
        <message>
            <source>Try again at once instead of waiting</source>
            <translation>Sofort erneut versuchen, statt zu warten</translation>
        </message>
        <message>
            <source>Stop or go on sending; records are kept meanwhile</source>
            <translation>Senden anhalten oder fortsetzen; Einträge bleiben so lange erhalten</translation>
        </message>
        <message>
            <source>Resume</source>
            <translation>Fortsetzen</translation>
        </message>
        <message numerus="yes">
            <source>%n endpoint(s)</source>
            <translation>
                <numerusform>%n Endpunkt</numerusform>
                <numerusform>%n Endpunkte</numerusform>
            </translation>
        </message>
        <message>
            <source>No endpoint yet: records are kept until one is added.</source>
            <translation>Noch kein Endpunkt: Einträge bleiben erhalten, bis einer hinzukommt.</translation>
        </message>
    </context>
    <context>
        <name>trace::FailedBatchModel</name>
        <message>
            <source>Replaying</source>
            <translation>Wird gesendet</translation>
        </message>
        <message>
            <source>Failed</source>
            <translation>Fehler</translation>
        </message>
        <message>
            <source>no answer</source>
            <translation>keine Antwort</translation>
        </message>
        <message>
            <source>may duplicate</source>
            <translation>evtl. doppelt</translation>
        </message>
        <message>
            <source>no</source>
            <translation>nein</translation>
        </message>
        <message>
            <source>Batch</source>
            <translation>Paket</translation>
        </message>
        <message>
            <source>Endpoint</source>
            <translation>Endpunkt</translation>
        </message>
        <message>
            <source>State</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>Records</source>
            <translation>Einträge</translation>
        </message>
        <message>
            <source>Status</source>
            <translation>Status</translation>
        </message>
        <message>
            <source>Attempts</source>
            <translation>Versuche</translation>
        </message>
        <message>
            <source>Failed at</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Duplicates</source>
            <translation>Doppelte</translation>
        </message>
        <message>
            <source>Reason</source>
            <translation>Grund</translation>
        </message>
    </context>
    <context>
        <name>trace::FailedView</name>
        <message>
            <source>Failed batches</source>
            <translation>Fehlgeschlagene Pakete</translation>
        </message>
        <message>
            <source>Replay</source>
            <translation>Erneut senden</translation>
        </message>
        <message>
            <source>Replay all</source>
            <translation>Alle erneut senden</translation>
        </message>
        <message>
            <source>Discard…</source>
            <translation>Verwerfen…</translation>
        </message>
        <message>
            <source>Why the chosen batch failed</source>
            <translation>Warum das gewählte Paket fehlschlug</translation>
        </message>
        <message>
            <source>Nothing failed. What a service refuses appears here, with its own words, and can be replayed.</source>
            <translation>Nichts ist fehlgeschlagen. Was ein Dienst ablehnt, erscheint hier mit seinen eigenen Worten und kann erneut gesendet werden.</translation>
        </message>
        <message>
            <source>Replaying</source>
            <translation>Wird gesendet</translation>
        </message>
        <message>
            <source>Send the chosen batches again; kept until they are accepted</source>
            <translation>Gewählte Pakete erneut senden; sie bleiben, bis sie angenommen sind</translation>
        </message>
        <message numerus="yes">
            <source>%n batch(es)</source>
            <translation>
                <numerusform>%n Paket</numerusform>
                <numerusform>%n Pakete</numerusform>
            </translation>
        </message>
        <message>
            <source>Reason: %1</source>
            <translation>Grund: %1</translation>
        </message>
        <message>
            <source>The service said: %1</source>
            <translation>Der Dienst sagte: %1</translation>
        </message>
        <message>
            <source>An answer was lost: the service may have these records already, and a replay may duplicate them.</source>
            <translation>Eine Antwort ging verloren: Der Dienst hat diese Einträge vielleicht schon, und erneutes Senden kann sie verdoppeln.</translation>
        </message>
        <message>
            <source>Attempt %1: %2</source>
            <translation>Versuch %1: %2</translation>
        </message>
        <message>
            <source>Record %1 (%2): %3</source>
            <translation>Eintrag %1 (%2): %3</translation>
        </message>
        <message numerus="yes">
            <source>… and %n more record(s)</source>
            <translation>
                <numerusform>… und %n weiterer Eintrag</numerusform>
                <numerusform>… und %n weitere Einträge</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::HealthStrip</name>
        <message>
            <source>Accepted</source>
            <translation>Angenommen</translation>
        </message>
        <message>
            <source>Delivered</source>
            <translation>Zugestellt</translation>
        </message>
        <message>
            <source>Waiting</source>
            <translation>Wartend</translation>
        </message>
        <message>
            <source>Endpoints</source>
            <translation>Endpunkte</translation>
        </message>
        <message>
            <source>Failed batches</source>
            <translation>Fehlgeschlagene Pakete</translation>
        </message>
        <message>
            <source>Journal</source>
            <translation>Journal</translation>
        </message>
        <message numerus="yes">
            <source>%n ok</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n in Ordnung</numerusform>
                <numerusform>%n in Ordnung</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n not tried yet</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n noch nicht versucht</numerusform>
                <numerusform>%n noch nicht versucht</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n on hold</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n wartet</numerusform>
                <numerusform>%n warten</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n stopped</source>
            <comment>endpoints</comment>
            <translation>
                <numerusform>%n steht</numerusform>
                <numerusform>%n stehen</numerusform>
            </translation>
        </message>
        <message>
            <source>none</source>
            <translation>keine</translation>
        </message>
        <message>
            <source>%1 records/s</source>
            <translation>%1 Einträge/s</translation>
        </message>
        <message numerus="yes">
            <source>%1 with %n record(s)</source>
            <comment>%1 batches</comment>
            <translation>
                <numerusform>%1 mit %n Eintrag</numerusform>
                <numerusform>%1 mit %n Einträgen</numerusform>
            </translation>
        </message>
        <message>
            <source>writes</source>
            <translation>schreibt</translation>
        </message>
        <message>
            <source>cannot be written</source>
            <translation>nicht beschreibbar</translation>
        </message>
    </context>
    <context>
        <name>trace::Look</name>
        <message>
            <source>Debug</source>
            <translation>Debug</translation>
        </message>
        <message>
            <source>Info</source>
            <translation>Info</translation>
        </message>
        <message>
            <source>Warning</source>
            <translation>Warnung</translation>
        </message>
        <message>
            <source>Error</source>
            <translation>Fehler</translation>
        </message>
        <message>
            <source>Critical</source>
            <translation>Kritisch</translation>
        </message>
        <message>
            <source>Not configured</source>
            <translation>Nicht konfiguriert</translation>
        </message>
        <message>
            <source>Idle</source>
            <translation>Bereit</translation>
        </message>
        <message>
            <source>Not tried yet</source>
            <translation>Noch nicht versucht</translation>
        </message>
        <message>
            <source>In trouble</source>
            <translation>Gestört</translation>
        </message>
        <message>
            <source>Disabled</source>
            <translation>Abgeschaltet</translation>
        </message>
        <message>
            <source>Sending</source>
            <translation>Sendet</translation>
        </message>
        <message>
            <source>Backing off</source>
            <translation>Wartet ab</translation>
        </message>
        <message>
            <source>Held: authentication</source>
            <translation>Steht: Anmeldung</translation>
        </message>
        <message>
            <source>Held: configuration</source>
            <translation>Steht: Einstellung</translation>
        </message>
        <message>
            <source>Paused</source>
            <translation>Angehalten</translation>
        </message>
        <message>
            <source>Suspended</source>
            <translation>Ausgesetzt</translation>
        </message>
    </context>
    <context>
        <name>trace::MainWindow</name>
        <message numerus="yes">
            <source>Finishing: %n record(s) wait or are on their way. Close again to end now; what is left stays in the journal and is sent later.</source>
            <translation>
                <numerusform>Zum Abschluss: %n Eintrag wartet oder ist unterwegs. Noch einmal schließen beendet sofort; was übrig ist, bleibt im Journal und wird später gesendet.</numerusform>
                <numerusform>Zum Abschluss: %n Einträge warten oder sind unterwegs. Noch einmal schließen beendet sofort; was übrig ist, bleibt im Journal und wird später gesendet.</numerusform>
            </translation>
        </message>
        <message>
            <source>Trace Console</source>
            <translation>Trace Console</translation>
        </message>
        <message>
            <source>&amp;File</source>
            <translation>&amp;Datei</translation>
        </message>
        <message>
            <source>&amp;Quit</source>
            <translation>&amp;Beenden</translation>
        </message>
        <message>
            <source>&amp;View</source>
            <translation>&amp;Ansicht</translation>
        </message>
        <message>
            <source>&amp;Runs</source>
            <translation>&amp;Läufe</translation>
        </message>
        <message>
            <source>R&amp;ecords</source>
            <translation>&amp;Einträge</translation>
        </message>
        <message>
            <source>E&amp;ndpoints</source>
            <translation>E&amp;ndpunkte</translation>
        </message>
        <message>
            <source>&amp;Failed batches</source>
            <translation>&amp;Fehlgeschlagene Pakete</translation>
        </message>
        <message>
            <source>F&amp;ollow the newest record</source>
            <translation>Dem neuesten Eintrag f&amp;olgen</translation>
        </message>
        <message>
            <source>&amp;Help</source>
            <translation>&amp;Hilfe</translation>
        </message>
        <message>
            <source>&amp;About Trace Console</source>
            <translation>&amp;Über Trace Console</translation>
        </message>
        <message>
            <source>About &amp;Qt</source>
            <translation>Über &amp;Qt</translation>
        </message>
        <message>
            <source>Journal: %1</source>
            <translation>Journal: %1</translation>
        </message>
        <message>
            <source>Ready</source>
            <translation>Bereit</translation>
        </message>
        <message>
            <source>No further error.</source>
            <translation>Kein weiterer Fehler.</translation>
        </message>
        <message>
            <source>Remove the endpoint "%1"? Nothing waits for it.</source>
            <translation>Endpunkt „%1“ entfernen? Nichts wartet auf ihn.</translation>
        </message>
        <message numerus="yes">
            <source>%n record(s) wait for "%1", which is not configured. They go on when it is added again.</source>
            <translation>
                <numerusform>%n Eintrag wartet auf „%1“, der nicht konfiguriert ist. Er geht weiter, wenn der Endpunkt wieder hinzugefügt wird.</numerusform>
                <numerusform>%n Einträge warten auf „%1“, der nicht konfiguriert ist. Sie gehen weiter, wenn der Endpunkt wieder hinzugefügt wird.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Remove the endpoint "%1"? %n record(s) wait for it. They are kept, and go on when it is added again, or they are given up and counted as discarded.</source>
            <translation>
                <numerusform>Endpunkt „%1“ entfernen? %n Eintrag wartet auf ihn. Er bleibt und geht weiter, wenn der Endpunkt wieder hinzugefügt wird, oder er wird aufgegeben und als verworfen gezählt.</numerusform>
                <numerusform>Endpunkt „%1“ entfernen? %n Einträge warten auf ihn. Sie bleiben und gehen weiter, wenn der Endpunkt wieder hinzugefügt wird, oder sie werden aufgegeben und als verworfen gezählt.</numerusform>
            </translation>
        </message>
        <message>
            <source>Remove and keep them</source>
            <translation>Entfernen und behalten</translation>
        </message>
        <message>
            <source>Remove and discard them</source>
            <translation>Entfernen und verwerfen</translation>
        </message>
        <message>
            <source>Discard them</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <source>Remove</source>
            <translation>Entfernen</translation>
        </message>
        <message numerus="yes">
            <source>Replaying %n batch(es)…</source>
            <translation>
                <numerusform>%n Paket wird erneut gesendet…</numerusform>
                <numerusform>%n Pakete werden erneut gesendet…</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>Discard the chosen batches? %n record(s) will never be delivered.</source>
            <translation>
                <numerusform>Gewählte Pakete verwerfen? %n Eintrag wird nie zugestellt.</numerusform>
                <numerusform>Gewählte Pakete verwerfen? %n Einträge werden nie zugestellt.</numerusform>
            </translation>
        </message>
        <message>
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <source>Batch %1 is delivered.</source>
            <translation>Paket %1 ist zugestellt.</translation>
        </message>
        <message>
            <source>Batch %1 failed again: %2</source>
            <translation>Paket %1 schlug erneut fehl: %2</translation>
        </message>
        <message>
            <source>About Trace Console</source>
            <translation>Über Trace Console</translation>
        </message>
        <message>
            <source>Trace Console %1</source>
            <translation>Trace Console %1</translation>
        </message>
        <message>
            <source>Shows the logs of workflow runs and forwards them.

The program is free software under the GNU General Public License, version 3 or later; its library TraceCore is under the GNU Lesser General Public License, version 3 or later. It comes without any warranty.

It uses Qt (LGPL 3), simdjson (Apache 2.0), protozero (BSD), zstd (BSD), Snappy (BSD), libdeflate (MIT), Boost (Boost Software License) and tl::expected (CC0).</source>
            <translation>Zeigt die Protokolle von Workflow-Läufen und leitet sie weiter.

Das Programm ist freie Software unter der GNU General Public License, Version 3 oder später; seine Bibliothek TraceCore steht unter der GNU Lesser General Public License, Version 3 oder später. Es kommt ohne jede Gewährleistung.

Es verwendet Qt (LGPL 3), simdjson (Apache 2.0), protozero (BSD), zstd (BSD), Snappy (BSD), libdeflate (MIT), Boost (Boost Software License) und tl::expected (CC0).</translation>
        </message>
    </context>
    <context>
        <name>trace::RecordDetail</name>
        <message>
            <source>Details of the chosen record</source>
            <translation>Einzelheiten des gewählten Eintrags</translation>
        </message>
        <message>
            <source>Choose a record to see all of it.</source>
            <translation>Wählen Sie einen Eintrag, um ihn ganz zu sehen.</translation>
        </message>
    </context>
    <context>
        <name>trace::RecordModel</name>
        <message>
            <source>(not in the journal any more)</source>
            <translation>(nicht mehr im Journal)</translation>
        </message>
        <message>
            <source>Time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>Level</source>
            <translation>Stufe</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Lauf</translation>
        </message>
        <message>
            <source>Workflow › stage › job</source>
            <translation>Workflow › Stufe › Aufgabe</translation>
        </message>
        <message>
            <source>Message</source>
            <translation>Meldung</translation>
        </message>
    </context>
    <context>
        <name>trace::RecordsView</name>
        <message>
            <source>Records</source>
            <translation>Einträge</translation>
        </message>
        <message>
            <source>Next error</source>
            <translation>Nächster Fehler</translation>
        </message>
        <message>
            <source>Details</source>
            <translation>Einzelheiten</translation>
        </message>
        <message>
            <source>Go to the next error behind the chosen record (E)</source>
            <translation>Zum nächsten Fehler hinter dem gewählten Eintrag (E)</translation>
        </message>
        <message>
            <source>Show all fields of the chosen record</source>
            <translation>Alle Felder des gewählten Eintrags zeigen</translation>
        </message>
        <message>
            <source>Keep the newest record in sight (Ctrl+End)</source>
            <translation>Den neuesten Eintrag im Blick behalten (Strg+Ende)</translation>
        </message>
        <message>
            <source>%1 kept</source>
            <translation>%1 aufbewahrt</translation>
        </message>
        <message>
            <source>Following</source>
            <translation>Folgt</translation>
        </message>
        <message numerus="yes">
            <source>Follow (%n new)</source>
            <translation>
                <numerusform>Folgen (%n neu)</numerusform>
                <numerusform>Folgen (%n neu)</numerusform>
            </translation>
        </message>
        <message>
            <source>Follow</source>
            <translation>Folgen</translation>
        </message>
    </context>
    <context>
        <name>trace::RunModel</name>
        <message>
            <source>(no run)</source>
            <translation>(kein Lauf)</translation>
        </message>
        <message>
            <source>no run id</source>
            <translation>ohne Lauf-ID</translation>
        </message>
        <message>
            <source>Records without a run id that name no source</source>
            <translation>Einträge ohne Lauf-ID, die keine Quelle nennen</translation>
        </message>
        <message>
            <source>Records without a run id, from %1</source>
            <translation>Einträge ohne Lauf-ID, von %1</translation>
        </message>
        <message>
            <source>From %1 to %2</source>
            <translation>Von %1 bis %2</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Lauf</translation>
        </message>
        <message>
            <source>Workflow</source>
            <translation>Workflow</translation>
        </message>
        <message>
            <source>Started</source>
            <translation>Beginn</translation>
        </message>
        <message>
            <source>Duration</source>
            <translation>Dauer</translation>
        </message>
        <message>
            <source>Records</source>
            <translation>Einträge</translation>
        </message>
        <message>
            <source>Warn.</source>
            <comment>warnings, short</comment>
            <translation>Warn.</translation>
        </message>
        <message>
            <source>Errors</source>
            <translation>Fehler</translation>
        </message>
    </context>
    <context>
        <name>trace::RunsView</name>
        <message>
            <source>Runs</source>
            <translation>Läufe</translation>
        </message>
        <message numerus="yes">
            <source>%n run(s)</source>
            <translation>
                <numerusform>%n Lauf</numerusform>
                <numerusform>%n Läufe</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n source(s) without runs</source>
            <translation>
                <numerusform>%n Quelle ohne Läufe</numerusform>
                <numerusform>%n Quellen ohne Läufe</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>trace::ServiceOptionsForm</name>
        <message>
            <source>Tenant:</source>
            <translation>Mandant:</translation>
        </message>
        <message>
            <source>none</source>
            <translation>keine</translation>
        </message>
        <message>
            <source>Labels:</source>
            <translation>Labels:</translation>
        </message>
        <message>
            <source>Structured metadata:</source>
            <translation>Strukturierte Metadaten:</translation>
        </message>
        <message>
            <source>Oldest records:</source>
            <translation>Älteste Einträge:</translation>
        </message>
        <message>
            <source>Shape of the body:</source>
            <translation>Form des Inhalts:</translation>
        </message>
        <message>
            <source>Default</source>
            <translation>Vorgabe</translation>
        </message>
        <message>
            <source>%1 "%2" is not a JSON object.</source>
            <translation>%1 „%2“ ist kein JSON-Objekt.</translation>
        </message>
        <message>
            <source>Write it like %1.</source>
            <translation>Schreiben Sie etwa %1.</translation>
        </message>
        <message>
            <source>Authentication:</source>
            <translation>Anmeldung:</translation>
        </message>
        <message>
            <source>Header for the key:</source>
            <translation>Kopfzeile des Schlüssels:</translation>
        </message>
    </context>
    <context>
        <name>trace::Text</name>
        <message>
            <source>%1 ms</source>
            <translation>%1 ms</translation>
        </message>
        <message>
            <source>%1 s</source>
            <translation>%1 s</translation>
        </message>
        <message>
            <source>%1 min %2 s</source>
            <translation>%1 min %2 s</translation>
        </message>
        <message>
            <source>%1 h %2 min</source>
            <translation>%1 h %2 min</translation>
        </message>
    </context>
</TS>
