# In place of prom/alertmanager: Debian's Alertmanager, with the same user, volume and BusyBox.
FROM debian-root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends busybox prometheus-alertmanager \
 && ln -s /bin/busybox /usr/local/bin/wget \
 && install --directory --owner=nobody --group=nogroup /etc/alertmanager /alertmanager
USER nobody
EXPOSE 9093
VOLUME /alertmanager
WORKDIR /alertmanager
ENTRYPOINT ["/bin/prometheus-alertmanager"]
